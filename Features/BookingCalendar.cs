using System.Globalization;
using System.Text;
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
    public const string MediaType = "text/calendar";

    private const string Product = "-//Consultation//Bookings//EN";
    private const string Stamp = "yyyyMMddTHHmmss'Z'";

    private static readonly CalendarBooking Sample = new(1, DateTimeOffset.UnixEpoch, new Slot
    {
        StartTime = DateTimeOffset.UnixEpoch.AddYears(1),
        EndTime = DateTimeOffset.UnixEpoch.AddYears(2),
    });

    private static readonly Lazy<string> SampleText = new(() => Of([Sample]));

    /// <summary>
    /// A customer's one booking, the same text as <see cref="Of(IEnumerable{CalendarBooking})"/> gives. There is one in each confirmation,
    /// and the library takes 50 µs and 34 KB for it, as much as all else that a booking costs; so it writes the text once, and the four
    /// values are put in. They are of fixed form, which needs neither escaping nor folding.
    /// </summary>
    public static string OfOne(long id, DateTimeOffset bookedAt, Slot slot) => SampleText.Value
        .Replace(UidOf(Sample.Id, Sample.BookedAt), UidOf(id, bookedAt), StringComparison.Ordinal)
        .Replace(StampOf(Sample.BookedAt), StampOf(bookedAt), StringComparison.Ordinal)
        .Replace(StampOf(Sample.Slot.StartTime), StampOf(slot.StartTime), StringComparison.Ordinal)
        .Replace(StampOf(Sample.Slot.EndTime), StampOf(slot.EndTime), StringComparison.Ordinal);

    /// <summary>However many there are, one of them is in memory at a time.</summary>
    public static async Task WriteAsync(Stream output, IAsyncEnumerable<CalendarBooking> bookings, CancellationToken cancellationToken)
    {
        const string End = "END:VCALENDAR\r\n";
        var begin = Of([])[..^End.Length];
        await WriteAsync(begin);
        await foreach (var booking in bookings.WithCancellation(cancellationToken))
            await WriteAsync(Of([booking])[begin.Length..^End.Length]);
        await WriteAsync(End);

        Task WriteAsync(string text) => output.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).AsTask();
    }

    public static string Of(IEnumerable<CalendarBooking> bookings)
    {
        var calendar = new Ical.Net.Calendar { ProductId = Product };
        calendar.Events.AddRange(bookings.Select(EventOf));
        return new CalendarSerializer(calendar).SerializeToString()!;
    }

    private static CalendarEvent EventOf(CalendarBooking booking) => new()
    {
        Uid = UidOf(booking.Id, booking.BookedAt),
        DtStamp = At(booking.BookedAt),
        Start = At(booking.Slot.StartTime),
        End = At(booking.Slot.EndTime),
        Summary = booking.CustomerName is { } name ? $"Consultation: {name}" : "Consultation",
        Status = EventStatus.Confirmed,
    };

    /// <summary>The same in whichever calendar or mail the booking is met, and no other shop's.</summary>
    private static string UidOf(long id, DateTimeOffset bookedAt) =>
        FormattableString.Invariant($"booking-{id}-{bookedAt.UtcDateTime:yyyyMMddTHHmmssffffff}@consultation");

    private static string StampOf(DateTimeOffset instant) => instant.UtcDateTime.ToString(Stamp, CultureInfo.InvariantCulture);

    private static CalDateTime At(DateTimeOffset instant) => new(instant.UtcDateTime, hasTime: true);
}
