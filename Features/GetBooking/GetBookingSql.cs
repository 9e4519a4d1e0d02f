namespace Consultation.Features.GetBooking;

internal static class GetBookingSql
{
    public const string Booking = $"""
        select {AdminBooking.Columns}
        from consultation_booking b
        join consultation_slot s on s.id = b.slot_id
        where b.id = @Id;

        select job, dedup_key, case when queued_at is null then 'pending' else 'queued' end as state, attempts, last_error, queued_at
        from notification_outbox
        where booking_id = @Id
        order by id;
        """;
}
