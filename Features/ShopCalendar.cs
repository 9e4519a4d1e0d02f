using System.Globalization;
using Consultation.Infrastructure.Time;

namespace Consultation.Features;

/// <summary>The shop's calendar: what time it is, and on which day an instant falls in the shop's zone.</summary>
internal sealed class ShopCalendar(ShopOptions options, TimeProvider clock)
{
    public TimeZoneInfo Zone => options.TimeZone;

    /// <summary>Now, in whole microseconds as PostgreSQL keeps them.</summary>
    public DateTimeOffset Now => Microseconds.Whole(clock.GetUtcNow());

    public DateOnly Today => DayOf(Now);

    /// <summary>What the shop's clocks show at an instant, <c>2026-12-01 09:00</c>.</summary>
    public string ClockAt(DateTimeOffset instant) =>
        TimeZoneInfo.ConvertTime(instant, Zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    public DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, Zone).DateTime);
}
