namespace Consultation.Features.BulkGenerateSlots;

/// <summary>
/// A calendar day in a time zone: what instants its wall-clock times mean. Minutes count from the day's midnight and go up to 1440, the
/// midnight that ends it; instants are UTC ticks, kept within what a <see cref="DateTime"/> can hold.
/// </summary>
/// <remarks>
/// <see cref="TimeZoneInfo.IsInvalidTime"/>, <see cref="TimeZoneInfo.IsAmbiguousTime(DateTime)"/> and the conversions from a wall-clock time
/// know only changes of daylight saving time: they take the skipped day of Pacific/Apia (2011-12-30), the repeated half hour of Asia/Pyongyang
/// (2015-08-14) or every change of Africa/Casablanca for ordinary time. The way from an instant to its offset is right for all of them,
/// so only that one is used here.
/// </remarks>
internal readonly struct ZonedDay
{
    // TimeZoneInfo allows no larger offset, so every instant at which a clock shows this day lies within this distance of the day taken as UTC.
    private const long LargestOffset = 14 * TimeSpan.TicksPerHour;

    private readonly long _midnight;
    private readonly long _offsetBefore;
    private readonly long _offsetAfter;
    private readonly long _change;

    public ZonedDay(DateOnly day, TimeZoneInfo zone)
    {
        _midnight = day.DayNumber * TimeSpan.TicksPerDay;
        var from = _midnight - LargestOffset;
        var to = _midnight + TimeSpan.TicksPerDay + LargestOffset;
        _offsetBefore = Offset(zone, from);
        _offsetAfter = Offset(zone, to);
        _change = from;
        if (_offsetBefore == _offsetAfter)
            return;

        // These 52 hours hold one change at most: no two of the tz database are closer than 80 hours. Changes fall on whole seconds.
        while (to - from > TimeSpan.TicksPerSecond)
        {
            var middle = from + (to - from) / 2 / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond;
            if (Offset(zone, middle) == _offsetBefore)
                from = middle;
            else
                to = middle;
        }

        _change = to;
    }

    /// <summary>
    /// What a wall-clock time means as a start: the first instant at which the clock shows it or a later one. So a time that occurs
    /// twice is its first occurrence, and a skipped one the first instant after the gap.
    /// </summary>
    public long First(int minute)
    {
        var wall = Wall(minute);
        var instant = wall - _offsetBefore;
        return Representable(instant < _change ? instant : Math.Max(_change, wall - _offsetAfter));
    }

    /// <summary>
    /// What a wall-clock time means as an end: the instant after which the clock shows only later ones. So a time that occurs twice is
    /// its second occurrence, and a skipped one the first instant after the gap.
    /// </summary>
    public long Last(int minute)
    {
        var wall = Wall(minute);
        var instant = wall - _offsetAfter;
        return Representable(instant >= _change ? instant : Math.Min(_change, wall - _offsetBefore));
    }

    private long Wall(int minute) => _midnight + minute * TimeSpan.TicksPerMinute;

    private static long Offset(TimeZoneInfo zone, long instant) =>
        zone.GetUtcOffset(new DateTime(Representable(instant), DateTimeKind.Utc)).Ticks;

    private static long Representable(long ticks) => Math.Clamp(ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks);
}
