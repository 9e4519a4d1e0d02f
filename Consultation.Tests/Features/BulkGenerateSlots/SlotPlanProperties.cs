using Consultation.Features;
using Consultation.Features.BulkGenerateSlots;
using CsCheck;
using NodaTime;
using NodaTime.Extensions;
using Xunit;

namespace Consultation.Tests.Features.BulkGenerateSlots;

/// <summary>
/// What holds for every pattern in every zone, half of them around a change of the clock. What a wall-clock time means is not asked of the
/// code under test but read off a <see cref="Timeline"/>.
/// </summary>
public sealed class SlotPlanProperties
{
    private const int Samples = 500;

    [Fact]
    public void A_wall_clock_time_means_its_first_instant_as_a_start_and_its_last_as_an_end() =>
        Days.Sample(
            sample =>
            {
                var (zone, date) = sample;
                var day = LocalDate.FromDateOnly(date).AtMidnight();
                var timeline = new Timeline(zone, date, date);
                for (var minute = 0; minute <= 1440; minute++)
                {
                    var (first, last) = timeline.Of(date, minute);
                    Assert.Equal(first, Minute(SlotPlan.First(day, minute, zone).ToDateTimeUtc().Ticks));
                    Assert.Equal(last, Minute(SlotPlan.Last(day, minute, zone).ToDateTimeUtc().Ticks));
                }
            },
            iter: Samples / 2, print: sample => $"{sample.Item1.Id} {sample.Item2:yyyy-MM-dd}");

    [Fact]
    public void A_plan_is_what_a_walk_over_the_timeline_finds() => Check((pattern, slots) => Assert.Equal(Walk(pattern), slots));

    [Fact]
    public void Slots_are_ordered_have_the_length_asked_for_and_never_overlap_or_repeat() =>
        Check((pattern, slots) =>
        {
            Assert.All(slots, slot => Assert.Equal(pattern.IntervalMinutes, slot.End - slot.Start));
            Assert.All(slots.Zip(slots.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start, $"{pair}"));
        });

    [Fact]
    public void Slots_lie_in_a_window_of_a_day_that_is_wanted() =>
        Check((pattern, slots) =>
        {
            var windows = Wanted(pattern).Select(day => day.Window).ToArray();
            Assert.All(slots, slot => Assert.Contains(windows, window => window.Start <= slot.Start && slot.End <= window.End));
        });

    // Before 01:00 and after 23:00 a clock that is put back may show the day before or after, whose breaks are not those of the window.
    [Fact]
    public void No_clock_shows_a_time_of_a_break_during_a_slot() =>
        Check(
            (pattern, slots) => Assert.All(slots, slot =>
            {
                for (var minute = slot.Start; minute < slot.End; minute++)
                {
                    var shown = Timeline.Shown(pattern.Zone, minute);
                    var time = shown.Hour * 60 + shown.Minute;
                    Assert.DoesNotContain(pattern.Breaks, pause => pause.Start <= time && time < pause.End);
                }
            }),
            pattern => pattern with { StartTime = Math.Clamp(pattern.StartTime, 60, 1379), EndTime = Math.Clamp(pattern.EndTime, 61, 1380) });

    [Fact]
    public void No_further_slot_fits_anywhere() =>
        Check((pattern, slots) =>
        {
            var taken = slots.SelectMany(slot => Enumerable.Range(slot.Start, slot.End - slot.Start)).ToHashSet();
            foreach (var (window, breaks) in Wanted(pattern))
            {
                var free = 0;
                for (var minute = window.Start; minute < window.End; minute++)
                {
                    var used = taken.Contains(minute) || breaks.Any(pause => pause.Start <= minute && minute < pause.End);
                    free = used ? 0 : free + 1;
                    Assert.True(free < pattern.IntervalMinutes, $"free until minute {minute}");
                }
            }
        });

    private static readonly DateTimeZone[] Zones = [.. DateTimeZoneProviders.Tzdb.GetAllZones()];

    // Clocks that change at or across midnight, by half an hour or by a day, or without daylight saving time: too few to be met by chance.
    private static readonly DateTimeZone[] OddZones =
    [
        .. new[]
        {
            "America/Havana", "Atlantic/Azores", "America/Scoresbysund", "America/St_Johns", "America/Sao_Paulo", "America/Asuncion",
            "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Pyongyang", "Africa/Casablanca",
        }.Select(name => DateTimeZoneProviders.Tzdb[name]),
    ];

    private static readonly DateOnly FirstDay = new(1985, 1, 1);
    private static readonly DateOnly LastDay = new(2037, 12, 31);

    private static readonly Gen<(DateTimeZone, DateOnly)> Days =
        Gen.Select(Gen.OneOf(Gen.OneOf(Zones), Gen.OneOf(OddZones)), Gen.Int[FirstDay.DayNumber, LastDay.DayNumber], Gen.Bool)
            .Select((zone, day, atChange) => (zone, atChange ? ChangeAfter(zone, DateOnly.FromDayNumber(day)) : DateOnly.FromDayNumber(day)));

    private static readonly Gen<int> TimeOfDay = Gen.OneOf(Gen.Int[0, 1440], Gen.Int[0, 96].Select(quarter => quarter * 15));

    // Most clocks change in the small hours.
    private static readonly Gen<int> SmallHour = Gen.OneOf(Gen.Int[0, 16].Select(quarter => quarter * 15), Gen.Const(1440));

    private static readonly Gen<(int Start, int End)> Range = Gen.OneOf(Ordered(TimeOfDay), Ordered(SmallHour));

    private static readonly Gen<SlotPattern> Patterns =
        from start in Days
        from before in Gen.Int[0, 2]
        from length in Gen.Int[0, 4]
        from week in Gen.OneOf(Gen.Const(127), Gen.Int[1, 127])
        from window in Gen.OneOf(Range, Gen.Const((Start: 0, End: 1440)))
        from interval in Gen.OneOf(Gen.Int[5, 90], Gen.Int[5, 1440])
        from breaks in Range.Array[0, 4]
        from excluded in Gen.Int[0, 10].Array[0, 2]
        let first = start.Item2.AddDays(-before)
        select new SlotPattern(
            first, first.AddDays(length), Set(week), window.Start, window.End, interval, breaks,
            excluded.Select(first.AddDays).ToHashSet(), start.Item1);

    private static void Check(Action<SlotPattern, (int Start, int End)[]> holds, Func<SlotPattern, SlotPattern>? narrow = null) =>
        Patterns.Select(narrow ?? (pattern => pattern)).Sample(
            pattern => holds(pattern, [.. SlotPlan.Of(pattern).Select(slot => (Minute(slot.StartTime.UtcTicks), Minute(slot.EndTime.UtcTicks)))]),
            iter: Samples,
            print: pattern => $"{pattern} breaks {string.Join(' ', pattern.Breaks)} excluded {string.Join(' ', pattern.ExcludeDates)}");

    /// <summary>The earliest minute at which a slot fits, over and over: no notion of where a break ends, only of which minutes are free.</summary>
    private static List<(int Start, int End)> Walk(SlotPattern pattern)
    {
        var found = new List<(int, int)>();
        foreach (var (window, breaks) in Wanted(pattern))
        {
            var run = 0;
            for (var minute = window.Start; minute < window.End; minute++)
            {
                run = breaks.Any(pause => pause.Start <= minute && minute < pause.End) ? 0 : run + 1;
                if (run < pattern.IntervalMinutes)
                    continue;

                found.Add((minute + 1 - run, minute + 1));
                run = 0;
            }
        }

        return found;
    }

    private static IEnumerable<((int Start, int End) Window, (int Start, int End)[] Breaks)> Wanted(SlotPattern pattern)
    {
        var timeline = new Timeline(pattern.Zone, pattern.StartDate, pattern.EndDate);
        var previousEnd = 0;
        for (var date = pattern.StartDate; date <= pattern.EndDate; date = date.AddDays(1))
        {
            if (!pattern.DaysOfWeek.Contains(date.DayOfWeek) || pattern.ExcludeDates.Contains(date))
                continue;

            var (first, second) = timeline.Of(date, pattern.StartTime);
            var end = timeline.Of(date, pattern.EndTime).Last;
            yield return (
                (first < previousEnd ? second : first, end),
                [.. pattern.Breaks.Select(pause => (timeline.Of(date, pause.Start).First, timeline.Of(date, pause.End).Last))]);
            previousEnd = end;
        }
    }

    private static Gen<(int Start, int End)> Ordered(Gen<int> time) =>
        Gen.Select(time, time).Where((one, other) => one != other).Select((one, other) => (Math.Min(one, other), Math.Max(one, other)));

    private static DateOnly ChangeAfter(DateTimeZone zone, DateOnly day)
    {
        // A zone that has no change within a year may have none at all.
        var noon = day.ToDateTime(new TimeOnly(12, 0), DateTimeKind.Utc);
        for (var i = 0; i < 366; i++)
        {
            if (zone.GetUtcOffset(Instant.FromDateTimeUtc(noon.AddDays(i))) != zone.GetUtcOffset(Instant.FromDateTimeUtc(noon.AddDays(i + 1))))
                return day.AddDays(i + 1);
        }

        return day;
    }

    private static DaysOfWeek Set(int bits)
    {
        var days = default(DaysOfWeek);
        foreach (var day in Enum.GetValues<DayOfWeek>().Where(day => (bits >> (int)day & 1) != 0))
        {
            Assert.True(DaysOfWeek.TryParse(day.ToString(), out var one));
            days |= one;
        }

        return days;
    }

    private static int Minute(long ticks)
    {
        Assert.Equal(0, ticks % TimeSpan.TicksPerMinute);
        return (int)(ticks / TimeSpan.TicksPerMinute);
    }

    /// <summary>
    /// Every minute of the UTC timeline around some days, with what a clock in the zone shows then. Minutes count from the year 1; since
    /// 1985 no clock has changed within one.
    /// </summary>
    private sealed class Timeline
    {
        private readonly Dictionary<int, (int First, int Last)> _shown = [];

        public Timeline(DateTimeZone zone, DateOnly from, DateOnly to)
        {
            for (var minute = (from.DayNumber - 2) * 1440; minute < (to.DayNumber + 4) * 1440; minute++)
            {
                var wall = Minute(Shown(zone, minute).Ticks);
                _shown[wall] = (_shown.TryGetValue(wall, out var known) ? known.First : minute, minute);
            }
        }

        public static DateTime Shown(DateTimeZone zone, int minute)
        {
            var instant = new DateTime(minute * TimeSpan.TicksPerMinute, DateTimeKind.Utc);
            return instant + zone.GetUtcOffset(Instant.FromDateTimeUtc(instant)).ToTimeSpan();
        }

        /// <summary>When a clock shows a time; the first instant after the gap, if it never does.</summary>
        public (int First, int Last) Of(DateOnly date, int minute)
        {
            var wall = date.DayNumber * 1440 + minute;
            if (_shown.TryGetValue(wall, out var when))
                return when;

            while (!_shown.TryGetValue(wall, out when))
                wall++;

            return (when.First, when.First);
        }
    }
}
