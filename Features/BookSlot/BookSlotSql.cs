namespace Consultation.Features.BookSlot;

internal static class BookSlotSql
{
    /// <summary>
    /// Decides and books in one statement, and so in one transaction and one round trip. It gives a row unless neither the slot nor
    /// a booking of the key exists: <c>verdict</c> <c>booked</c> or <c>replayed</c> with the booking, the reason of a refusal, or
    /// <c>raced</c> when the slot was open as the statement began and was not any more when it had the lock: then it is asked again.
    /// The lock keeps deactivation, moves and deletion out until the booking is committed; taking it only for a slot that looks open
    /// keeps the many refusals on a popular slot free of writes.
    /// </summary>
    public const string Book = """
        with prior as (
            select id, slot_id, name, email, phone, message, created_at
            from consultation_booking
            where idempotency_caller = @Caller and idempotency_key = @IdempotencyKey
        ), seen as (
            select s.id, s.start_time,
                case when not s.is_active then 'inactive'
                     when s.start_time <= @Now then 'past'
                     when exists (select from consultation_booking b where b.slot_id = s.id) then 'taken'
                     else 'open' end as state
            from consultation_slot s
            where s.id = @SlotId and not exists (select from prior)
        ), slot as (
            select id, date, start_time, end_time
            from consultation_slot
            where id = (select id from seen where state = 'open') and is_active and start_time > @Now
            for no key update
        ), booking as (
            insert into consultation_booking
                (slot_id, customer_id, name, email, phone, message, idempotency_caller, idempotency_key, created_at, updated_at)
            select id, @CustomerId, @Name, @Email, @Phone, @Message, @Caller, @IdempotencyKey, @Now, @Now
            from slot
            on conflict do nothing
            returning id, slot_id, name, email, phone, message, created_at
        ), jobs as (
            insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at)
            select id, 'notification.send_email', 'consultation:booking:' || id || ':email', @Now, @Now from booking
            union all
            select id, 'notification.send_push', 'consultation:booking:' || id || ':push:' || @CustomerId, @Now, @Now
            from booking where @CustomerId is not null
        ), made as (
            select 'booked' as verdict, booking.*, slot.date, slot.start_time, slot.end_time
            from booking join slot on slot.id = booking.slot_id
            union all
            select case when (slot_id, name, email, phone) = (@SlotId, @Name, @Email, @Phone) and message is not distinct from @Message
                        then 'replayed' else 'reused' end,
                prior.*, s.date, s.start_time, s.end_time
            from prior join consultation_slot s on s.id = prior.slot_id
        )
        select verdict, id, slot_id, name, email, phone, message, created_at, date, start_time, end_time from made
        union all
        select case state when 'open' then 'raced' else state end, null, null, null, null, null, null, null, null, start_time, null
        from seen where not exists (select from made)
        """;

    /// <summary>The next open slots from an instant on, without the one that was refused.</summary>
    public const string Alternatives = """
        select s.id, s.date, s.start_time, s.end_time
        from consultation_slot s
        where s.start_time >= @From
          and s.start_time > @Now
          and s.is_active
          and s.id <> @SlotId
          and not exists (select from consultation_booking b where b.slot_id = s.id)
        order by s.start_time, s.id
        limit @Count
        """;
}
