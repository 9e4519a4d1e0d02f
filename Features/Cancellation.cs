namespace Consultation.Features;

/// <summary>
/// The end of a booking, whoever brings it about: the parts that a statement has after <c>with booking as (delete from consultation_booking b …)</c>. One
/// statement, so that against a racing booking, contacted mark or cancellation one of the two comes first.
/// </summary>
internal static class Cancellation
{
    /// <summary>What the deleted booking <c>b</c> and its slot <c>s</c> leave behind, beside a column <c>cancelled_by</c>.</summary>
    public const string Columns = """
        b.id, b.slot_id, s.date, s.start_time, s.end_time, b.customer_id, b.name, b.email, b.phone, b.message,
            b.created_at, b.contacted_at, b.contacted_by
        """;

    /// <summary>
    /// Keeps the record and settles what the customer is told, with the parameters <c>@Now</c>, <c>@Reason</c> and <c>@Notify</c>. A confirmation that
    /// has not reached the queue is withdrawn, and the job that tells of the cancellation follows it: it is sent only if the confirmation was.
    /// </summary>
    public const string Steps = """
        record as (
            insert into consultation_cancelled_booking
                (id, slot_id, date, start_time, end_time, customer_id, name, email, phone, message,
                 created_at, contacted_at, contacted_by, cancelled_by, cancelled_at, reason)
            select booking.*, @Now, @Reason from booking
        ), withdrawn as (
            update notification_outbox o
            set withdrawn_at = @Now, next_attempt_at = @Now
            from booking
            where o.booking_id = booking.id and o.queued_at is null
            returning o.dedup_key
        ), told as (
            select id, 'notification.send_email' as job, 'consultation:booking:' || id as subject, ':email' as kind from booking
            union all
            select id, 'notification.send_push', 'consultation:booking:' || id, ':push:' || customer_id from booking where customer_id is not null
        ), notices as (
            insert into notification_outbox (booking_id, job, dedup_key, template, follows, next_attempt_at, created_at)
            select id, job, subject || ':cancelled' || kind, 'consultation.booking_cancelled', withdrawn.dedup_key, @Now, @Now
            from told left join withdrawn on withdrawn.dedup_key = subject || kind
            where @Notify
        )
        """;
}
