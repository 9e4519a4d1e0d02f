namespace Consultation.Features.BulkGenerateSlots;

/// <summary>
/// When slots are wanted: the days of an inclusive range that fall on <paramref name="DaysOfWeek"/> and are not excluded, and on each of
/// them a window of wall-clock time in the zone. Times are minutes of the day, 0 to 1440, where 1440 is the midnight that ends it.
/// </summary>
internal sealed record SlotPattern(
    DateOnly StartDate,
    DateOnly EndDate,
    DaysOfWeek DaysOfWeek,
    int StartTime,
    int EndTime,
    int IntervalMinutes,
    IReadOnlyList<(int Start, int End)> Breaks,
    IReadOnlySet<DateOnly> ExcludeDates,
    TimeZoneInfo Zone);

/// <summary>A slot to create, in UTC.</summary>
internal readonly record struct PlannedSlot(DateTimeOffset StartTime, DateTimeOffset EndTime);

/// <summary>From a pattern to its slots.</summary>
internal static class SlotPlan
{
    /// <summary>
    /// The pattern's slots, ordered by start; no two overlap. They are computed as they are asked for, so a caller with a
    /// limit takes one more than that and stops.
    /// </summary>
    /// <remarks>
    /// Slots last exactly the interval in elapsed time, so clock changes lengthen and shorten windows, never slots. A break belongs
    /// to the window of its day; one that a clock change skips altogether does not happen that day.
    /// <para>
    /// Where a clock is put back across midnight, a window that ends at the second midnight would run into that of the next day, which
    /// starts at the first one. Each would be right on its own; together they would offer the same hour twice. The earlier
    /// window keeps the hour, and the later one starts at the second occurrence of its start, so that both still begin and end when the
    /// clock shows the times asked for.
    /// </para>
    /// </remarks>
    public static IEnumerable<PlannedSlot> Of(SlotPattern pattern)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pattern.IntervalMinutes);
        return Slots(pattern);
    }

    private static IEnumerable<PlannedSlot> Slots(SlotPattern pattern)
    {
        var length = pattern.IntervalMinutes * TimeSpan.TicksPerMinute;
        var breaks = pattern.Breaks.OrderBy(pause => pause.Start).ToArray();
        var previousWindowEnd = 0L;

        for (var number = pattern.StartDate.DayNumber; number <= pattern.EndDate.DayNumber; number++)
        {
            var date = DateOnly.FromDayNumber(number);
            if (!pattern.DaysOfWeek.Contains(date.DayOfWeek) || pattern.ExcludeDates.Contains(date))
                continue;

            var day = new ZonedDay(date, pattern.Zone);
            var start = day.First(pattern.StartTime);
            if (start < previousWindowEnd)
                start = day.Last(pattern.StartTime);

            var windowEnd = day.Last(pattern.EndTime);
            previousWindowEnd = windowEnd;

            foreach (var pause in breaks)
            {
                var pauseStart = day.First(pause.Start);
                var pauseEnd = day.Last(pause.End);
                if (pauseStart >= pauseEnd)
                    continue;

                for (; start + length <= Math.Min(pauseStart, windowEnd); start += length)
                    yield return Slot(start, length);

                start = Math.Max(start, pauseEnd);
            }

            for (; start + length <= windowEnd; start += length)
                yield return Slot(start, length);
        }
    }

    private static PlannedSlot Slot(long start, long length) =>
        new(new DateTimeOffset(start, TimeSpan.Zero), new DateTimeOffset(start + length, TimeSpan.Zero));
}
