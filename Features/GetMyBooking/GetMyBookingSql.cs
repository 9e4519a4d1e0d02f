namespace Consultation.Features.GetMyBooking;

internal static class GetMyBookingSql
{
    public const string Booking = $"""
        select b.id, b.status::text as status, b.name, b.email, b.phone, b.message, b.created_at, b.contacted_at,
            s.id, s.date, s.start_time, s.end_time
        from consultation_booking b
        join consultation_slot s on s.id = b.slot_id
        where b.id = @Id and {BookingHolder.IsTheirs}
        """;
}
