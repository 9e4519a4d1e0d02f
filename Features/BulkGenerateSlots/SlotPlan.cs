using NodaTime;
using NodaTime.Extensions;

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
    DateTimeZone Zone);

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
        var length = Duration.FromMinutes(pattern.IntervalMinutes);
        var breaks = pattern.Breaks.OrderBy(pause => pause.Start).ToArray();
        var previousWindowEnd = Instant.MinValue;

        for (var date = LocalDate.FromDateOnly(pattern.StartDate); date <= LocalDate.FromDateOnly(pattern.EndDate); date = date.PlusDays(1))
        {
            if (!pattern.DaysOfWeek.Contains(date.DayOfWeek.ToDayOfWeek()) || pattern.ExcludeDates.Contains(date.ToDateOnly()))
                continue;

            var day = date.AtMidnight();
            var start = First(day, pattern.StartTime, pattern.Zone);
            if (start < previousWindowEnd)
                start = Last(day, pattern.StartTime, pattern.Zone);

            var windowEnd = Last(day, pattern.EndTime, pattern.Zone);
            previousWindowEnd = windowEnd;

            foreach (var pause in breaks)
            {
                var pauseStart = First(day, pause.Start, pattern.Zone);
                var pauseEnd = Last(day, pause.End, pattern.Zone);
                if (pauseStart >= pauseEnd)
                    continue;

                for (; start + length <= Instant.Min(pauseStart, windowEnd); start += length)
                    yield return Slot(start, length);

                start = Instant.Max(start, pauseEnd);
            }

            for (; start + length <= windowEnd; start += length)
                yield return Slot(start, length);
        }
    }

    /// <summary>What a wall-clock time means as a start: its first occurrence, or the first instant after the gap that skips it.</summary>
    public static Instant First(LocalDateTime midnight, int minute, DateTimeZone zone) =>
        zone.MapLocal(midnight.PlusMinutes(minute)) is var found && found.Count > 0 ? found.First().ToInstant() : found.LateInterval.Start;

    /// <summary>What a wall-clock time means as an end: its last occurrence, or the first instant after the gap that skips it.</summary>
    public static Instant Last(LocalDateTime midnight, int minute, DateTimeZone zone) =>
        zone.MapLocal(midnight.PlusMinutes(minute)) is var found && found.Count > 0 ? found.Last().ToInstant() : found.LateInterval.Start;

    private static PlannedSlot Slot(Instant start, Duration length) => new(start.ToDateTimeOffset(), (start + length).ToDateTimeOffset());
}
