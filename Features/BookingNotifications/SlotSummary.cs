using System.Globalization;
using NodaTime;
using NodaTime.Extensions;

namespace Consultation.Features.BookingNotifications;

/// <summary>
/// The line of a job that a person reads: <c>Tuesday, 1 December 2026, 09:00–09:30 (Asia/Kathmandu)</c>. Both ends are wall-clock times of
/// the shop, each with the offset of its own instant, so a clock change inside a slot shows as what the shop's clocks show. A slot that
/// ends on another day, midnight included, names both days.
/// </summary>
internal static class SlotSummary
{
    public static string Of(DateTimeOffset startTime, DateTimeOffset endTime, DateTimeZone zone)
    {
        var start = startTime.ToInstant().InZone(zone).ToDateTimeUnspecified();
        var end = endTime.ToInstant().InZone(zone).ToDateTimeUnspecified();
        return start.Date == end.Date
            ? string.Create(CultureInfo.InvariantCulture, $"{start:dddd, d MMMM yyyy, HH:mm}–{end:HH:mm} ({zone.Id})")
            : string.Create(CultureInfo.InvariantCulture, $"{start:dddd, d MMMM yyyy, HH:mm} – {end:dddd, d MMMM yyyy, HH:mm} ({zone.Id})");
    }
}
