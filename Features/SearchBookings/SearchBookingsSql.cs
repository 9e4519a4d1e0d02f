using Consultation.Infrastructure.Paging;

namespace Consultation.Features.SearchBookings;

internal static class SearchBookingsSql
{
    public const string OfStatus = "b.status = @Status::consultation_booking_status";
    public const string From = "s.date >= @DateFrom";
    public const string To = "s.date <= @DateTo";
    public const string OfCustomer = "b.customer_id = @CustomerId";

    /// <summary>The column holds name, email and phone in the form that the function gives to what is searched for; both are the migration's.</summary>
    public const string Containing = "b.search_text like consultation_search_text(@Pattern)";

    public static readonly ListSql Bookings = new(
        AdminBooking.Columns,
        "consultation_booking b join consultation_slot s on s.id = b.slot_id",
        Instant: "b.created_at",
        Id: "b.id",
        NewestFirst: true);
}
