namespace Consultation.Features.BookingNotifications;

/// <summary>What a booking and its cancellation write to the outbox, as parts of the statements that make and end it.</summary>
internal static class BookingNotificationsSql
{
    public const string Table = "notification_outbox";

    /// <summary>
    /// The jobs of new bookings, to be one CTE of a statement whose CTE <c>booking (id, customer_id, created_at)</c> has made them. The
    /// replica that has booked sends them itself, at once; the rows are due for every replica's dispatcher a while later, should that one
    /// be gone by then: later than a slow queue is waited for, so that what is under way is not sent a second time for the queue's guard to
    /// refuse.
    /// </summary>
    public const string OweConfirmations = """
        insert into notification_outbox (booking_id, job, template, dedup_key, next_attempt_at, created_at)
        select id, 'notification.send_email', 'consultation.booking_created', 'consultation:booking:' || id || ':email', created_at + interval '5 seconds', created_at
        from booking
        union all
        select id, 'notification.send_push', 'consultation.booking_created', 'consultation:booking:' || id || ':push:' || customer_id, created_at + interval '5 seconds', created_at
        from booking where customer_id is not null
        """;

    /// <summary>
    /// Two CTEs for the statement that ends bookings, after its CTE <c>cancelled (id bigint, customer_id text, cancelled_at timestamptz,
    /// notify boolean)</c> has named them. Confirmations that are not known to be queued are withdrawn; the dispatcher asks the queue
    /// whether it has them all the same. The job that tells of the cancellation follows the confirmation which that decides about; where
    /// there is none to decide about any more, since it is queued, it is due at once. Wake the dispatcher after the commit. Of a
    /// confirmation that is being marked at this moment the row is locked first, and then looked at as it is.
    /// </summary>
    public const string OweCancellations = """
        withdrawn as (
            update notification_outbox o
            set withdrawn_at = cancelled.cancelled_at, next_attempt_at = cancelled.cancelled_at
            from cancelled
            where o.booking_id = cancelled.id and o.template = 'consultation.booking_created' and o.queued_at is null
            returning o.booking_id, o.job, o.dedup_key
        ), owed as (
            insert into notification_outbox (booking_id, job, template, dedup_key, follows, next_attempt_at, created_at)
            select cancelled.id, wanted.job, 'consultation.booking_cancelled', 'consultation:booking:' || cancelled.id || wanted.suffix,
                withdrawn.dedup_key, cancelled.cancelled_at, cancelled.cancelled_at
            from cancelled
            cross join lateral (values
                ('notification.send_email', ':cancelled:email'),
                ('notification.send_push', ':cancelled:push:' || cancelled.customer_id)) as wanted (job, suffix)
            left join withdrawn on withdrawn.booking_id = cancelled.id and withdrawn.job = wanted.job
            where cancelled.notify and wanted.suffix is not null
        )
        """;

    /// <summary>Beside a row of the outbox, <c>due</c>: what its job says, of the booking as it stands or as it was cancelled.</summary>
    public const string Columns = """
        due.template, due.booking_id, coalesce(b.customer_id, c.customer_id) as customer_id, coalesce(b.name, c.name) as name, coalesce(b.email, c.email) as email,
        b.access_key, coalesce(b.created_at, c.created_at) as booked_at, coalesce(s.id, c.slot_id) as slot_id, coalesce(s.date, c.date) as date,
        coalesce(s.start_time, c.start_time) as start_time, coalesce(s.end_time, c.end_time) as end_time
        """;

    public const string Joins = """
        left join consultation_booking b on b.id = due.booking_id
        left join consultation_slot s on s.id = b.slot_id
        left join consultation_cancelled_booking c on c.id = due.booking_id
        """;
}
