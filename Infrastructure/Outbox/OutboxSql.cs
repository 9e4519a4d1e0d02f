namespace Consultation.Infrastructure.Outbox;

internal static class OutboxSql
{
    /// <summary>
    /// Rows that are due, locked for this transaction; rows that another replica holds are passed over. A replica that vanishes without
    /// closing its connection would keep its rows locked for as long as TCP believes in it, so the server ends such a transaction itself.
    /// </summary>
    public const string Take = """
        set local idle_in_transaction_session_timeout = '10s';

        with due as materialized (
            select id, job, dedup_key, attempts, booking_id, next_attempt_at
            from notification_outbox
            where queued_at is null and next_attempt_at <= @now
            order by next_attempt_at, id
            limit @limit
            for update skip locked
        )
        select due.id as "Id", due.job as "Job", due.dedup_key as "DedupKey", due.attempts as "Attempts", due.booking_id as "BookingId",
               b.customer_id as "CustomerId", b.name as "Name", b.email as "Email",
               s.id as "SlotId", s.date as "Date", s.start_time as "StartTime", s.end_time as "EndTime"
        from due
        join consultation_booking b on b.id = due.booking_id
        join consultation_slot s on s.id = b.slot_id
        order by due.next_attempt_at, due.id
        """;

    /// <summary>One statement for a whole batch: a row without an error is queued, the others are due again later.</summary>
    public const string Mark = """
        update notification_outbox o
        set attempts = o.attempts + 1,
            last_error = tried.error,
            queued_at = case when tried.error is null then @now end,
            next_attempt_at = case when tried.error is null then o.next_attempt_at else tried.next_attempt_at end
        from unnest(@ids, @errors, @nextAttempts) as tried (id, error, next_attempt_at)
        where o.id = tried.id
        """;

    /// <summary>After an outage of the queue: what waits for a later try goes out now.</summary>
    public const string PullForward = """
        update notification_outbox
        set next_attempt_at = @now
        where id in (
            select id from notification_outbox where queued_at is null and next_attempt_at > @now for update skip locked)
        """;

    public const string Read = """
        select count(*) as "Depth", min(created_at) as "Oldest" from notification_outbox where queued_at is null
        """;

    public const string TryRetentionLock = "select pg_try_advisory_xact_lock(@key)";

    public const string RemoveOld = """
        delete from notification_outbox
        where id in (select id from notification_outbox where queued_at < @before order by queued_at limit @limit)
        """;
}
