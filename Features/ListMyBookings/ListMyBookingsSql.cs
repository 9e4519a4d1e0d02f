using Consultation.Infrastructure.Paging;

namespace Consultation.Features.ListMyBookings;

internal static class ListMyBookingsSql
{
    public const string OfCustomer = "b.customer_id = @CustomerId";

    public static readonly ListSql Bookings = new(
        "b.id, b.status::text as status, b.message, b.created_at, b.contacted_at, s.id, s.date, s.start_time, s.end_time",
        "consultation_booking b join consultation_slot s on s.id = b.slot_id",
        Instant: "b.created_at",
        Id: "b.id",
        NewestFirst: true);
}
