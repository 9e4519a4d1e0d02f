using System.Globalization;
using Consultation.Infrastructure.Time;
using NodaTime;

namespace Consultation.Features;

/// <summary>The shop's calendar: what time it is, and on which day an instant falls in the shop's zone.</summary>
internal sealed class ShopCalendar(ShopOptions options, TimeProvider clock)
{
    public DateTimeZone Zone => options.TimeZone;

    /// <summary>Now, in whole microseconds as PostgreSQL keeps them.</summary>
    public DateTimeOffset Now => Microseconds.Whole(clock.GetUtcNow());

    public DateOnly Today => DayOf(Now);

    public DateOnly DayOf(DateTimeOffset instant) => TimeZones.DayOf(instant, Zone);

    /// <summary>What the shop's clocks show at an instant, <c>2026-12-01 09:00</c>.</summary>
    public string ClockAt(DateTimeOffset instant) =>
        Instant.FromDateTimeOffset(instant).InZone(Zone).ToString("uuuu-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
