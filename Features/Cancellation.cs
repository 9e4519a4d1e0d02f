using Consultation.Features.BookingNotifications;

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
    /// Keeps the record and settles what the customer is told, with the parameters <c>@Now</c>, <c>@Reason</c> and <c>@Notify</c>.
    /// </summary>
    public const string Steps = $"""
        record as (
            insert into consultation_cancelled_booking
                (id, slot_id, date, start_time, end_time, customer_id, name, email, phone, message,
                 created_at, contacted_at, contacted_by, cancelled_by, cancelled_at, reason)
            select booking.*, @Now, @Reason from booking
        ), cancelled as (
            select id, customer_id, @Now::timestamptz as cancelled_at, @Notify::boolean as notify from booking
        ), {BookingNotificationsSql.OweCancellations}
        """;
}
