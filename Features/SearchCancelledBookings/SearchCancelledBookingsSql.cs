using Consultation.Infrastructure.Paging;

namespace Consultation.Features.SearchCancelledBookings;

internal static class SearchCancelledBookingsSql
{
    public const string From = "c.date >= @DateFrom";
    public const string To = "c.date <= @DateTo";

    public static readonly ListSql Bookings = new(
        """
        c.id, c.customer_id, c.name, c.email, c.phone, c.created_at, c.contacted_at, c.cancelled_at, c.cancelled_by, c.reason,
            c.slot_id as id, c.date, c.start_time, c.end_time
        """,
        "consultation_cancelled_booking c",
        Instant: "c.cancelled_at",
        Id: "c.id",
        NewestFirst: true);
}
