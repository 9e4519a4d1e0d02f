using Consultation.Features;
using Xunit;

namespace Consultation.Tests.Features;

public sealed class BookingCalendarTests
{
    private static readonly CalendarBooking Booking = new(
        5,
        new DateTimeOffset(2026, 11, 25, 17, 5, 12, TimeSpan.Zero).AddTicks(1_234_560),
        new Slot
        {
            Id = 12,
            Date = new DateOnly(2026, 12, 1),
            StartTime = new DateTimeOffset(2026, 12, 1, 9, 0, 0, TimeSpan.Zero),
            EndTime = new DateTimeOffset(2026, 12, 1, 9, 30, 0, TimeSpan.Zero),
        });

    [Fact]
    public void A_booking_is_an_event_in_utc() => Assert.Equal(
        [
            "BEGIN:VCALENDAR", "PRODID:-//Consultation//Bookings//EN", "VERSION:2.0",
            "BEGIN:VEVENT", "DTEND:20261201T093000Z", "DTSTAMP:20261125T170512Z", "DTSTART:20261201T090000Z", "SEQUENCE:0", "STATUS:CONFIRMED",
            "SUMMARY:Consultation", "UID:booking-5-20261125T170512123456@consultation", "END:VEVENT",
            "END:VCALENDAR",
        ],
        Lines(BookingCalendar.Of([Booking])));

    [Fact]
    public void No_bookings_are_a_calendar_without_events() => Assert.Equal(
        ["BEGIN:VCALENDAR", "PRODID:-//Consultation//Bookings//EN", "VERSION:2.0", "END:VCALENDAR"], Lines(BookingCalendar.Of([])));

    [Fact]
    public void Staff_see_whose_it_is_in_text_that_breaks_no_line()
    {
        var text = BookingCalendar.Of([Booking with { CustomerName = @"Zoë, ""the"" Great; of \ " + new string('文', 100) }]);

        Assert.All(Lines(text), line => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(line), 1, 75));
        Assert.Contains(
            @"SUMMARY:Consultation: Zoë\, ""the"" Great\; of \\ " + new string('文', 100) + "\r\n", text.Replace("\r\n ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_booking_is_the_same_event_wherever_it_is_met()
    {
        var staff = Lines(BookingCalendar.Of([Booking with { CustomerName = "Ada Lovelace" }, Booking with { Id = 6 }]));

        Assert.Equal(2, staff.Count(line => line.StartsWith("UID:", StringComparison.Ordinal)));
        Assert.Contains("UID:booking-5-20261125T170512123456@consultation", staff);
    }

    /// <summary>Each ends with CRLF, and no other line break is in it.</summary>
    private static string[] Lines(string calendar)
    {
        Assert.EndsWith("\r\n", calendar, StringComparison.Ordinal);
        var lines = calendar[..^2].Split("\r\n");
        Assert.All(lines, line => Assert.DoesNotContain('\n', line));
        return lines;
    }
}
