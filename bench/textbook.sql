-- A booking as a textbook writes it, for pgbench. Each client has `each` slots of its own, one after the other from `first` on.
\set n :n + 1
\set slot :first + :client_id * :each + :n
begin;
select id, is_active, start_time from consultation_slot where id = :slot for update;
insert into consultation_booking (slot_id, name, email, phone) values (:slot, 'Ada', 'ada@example.org', '+44 20 7946 0000') returning id \gset
insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at, queued_at)
    values (:id, 'notification.send_email', concat('consultation-booking-', cast(:id as bigint), '-email'), now(), now(), now());
\if :notify
select pg_notify('bench', '');
\endif
commit;
