using NodaTime;

namespace Consultation.Features;

/// <summary>From days and clock times in a zone to the instants at which its clocks show them.</summary>
internal static class SlotStretches
{
    /// <summary>
    /// Stretches of time, none over another, in which the zone's clocks show a time from <paramref name="startTime"/> to before
    /// <paramref name="endTime"/> on one of the days. An hour that occurs twice is in them twice; one that is skipped is not.
    /// </summary>
    public static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Of(
        DateOnly dateFrom, DateOnly dateTo, DaysOfWeek daysOfWeek, WallTime startTime, WallTime endTime, DateTimeZone zone)
    {
        // no offset is longer than a day, so the first and the last of these days begin and end within the whole
        var whole = new Interval(InstantAt(dateFrom, 0, Offset.MaxValue), InstantAt(dateTo.AddDays(1), 0, Offset.MinValue));
        foreach (var interval in zone.GetZoneIntervals(whole))
            for (var date = dateFrom; date <= dateTo; date = date.AddDays(1))
            {
                if (!daysOfWeek.Contains(date.DayOfWeek))
                    continue;
                var from = InstantAt(date, startTime.Minutes, interval.WallOffset);
                var to = InstantAt(date, endTime.Minutes, interval.WallOffset);
                if (interval.HasStart && from < interval.Start)
                    from = interval.Start;
                if (interval.HasEnd && to > interval.End)
                    to = interval.End;
                if (from < to)
                    yield return (from.ToDateTimeOffset(), to.ToDateTimeOffset());
            }
    }

    private static Instant InstantAt(DateOnly date, int minutes, Offset offset) =>
        LocalDate.FromDateOnly(date).AtMidnight().WithOffset(offset).ToInstant() + Duration.FromMinutes(minutes);
}
