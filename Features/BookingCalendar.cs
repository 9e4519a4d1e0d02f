using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;

namespace Consultation.Features;

/// <summary>A booking as a calendar shows it; staff's tells whose it is.</summary>
internal sealed record CalendarBooking(long Id, DateTimeOffset BookedAt, Slot Slot, string? CustomerName = null);

/// <summary>Bookings as iCalendar (RFC 5545), in UTC, so that no zone has to be described.</summary>
internal static class BookingCalendar
{
    private const string Product = "-//Consultation//Bookings//EN";

    public static string Of(IEnumerable<CalendarBooking> bookings)
    {
        var calendar = new Calendar { ProductId = Product };
        calendar.Events.AddRange(bookings.Select(EventOf));
        return new CalendarSerializer(calendar).SerializeToString()!;
    }

    /// <summary>The event's id is the same in whichever calendar or mail the booking is met, and no other shop's.</summary>
    private static CalendarEvent EventOf(CalendarBooking booking) => new()
    {
        Uid = FormattableString.Invariant($"booking-{booking.Id}-{booking.BookedAt.UtcDateTime:yyyyMMddTHHmmssffffff}@consultation"),
        DtStamp = At(booking.BookedAt),
        Start = At(booking.Slot.StartTime),
        End = At(booking.Slot.EndTime),
        Summary = booking.CustomerName is { } name ? $"Consultation: {name}" : "Consultation",
        Status = EventStatus.Confirmed,
    };

    private static CalDateTime At(DateTimeOffset instant) => new(instant.UtcDateTime, hasTime: true);
}
