using System.Globalization;
using Consultation.Features;
using Consultation.Features.BulkGenerateSlots;
using Xunit;

namespace Consultation.Tests.Features.BulkGenerateSlots;

public sealed class SlotPlanTests
{
    [Fact]
    public void A_month_in_Kathmandu_with_a_lunch_break_gives_sixteen_less_two_slots_on_each_working_day()
    {
        // December 2026 starts on a Tuesday: 23 days from Monday to Friday, of which the 25th is excluded, and 4 Sundays.
        var slots = Plan(
            "Asia/Kathmandu", "2026-12-01", "2026-12-31", "09:00", "17:00", 30,
            days: ["MON-FRI", "SUN"], breaks: [("12:00", "13:00")], exclude: ["2026-12-25"]);

        Assert.Equal((23 - 1 + 4) * (16 - 2), slots.Length);
        Assert.Equal(Utc("2026-12-01T03:15"), slots[0].StartTime);
        Assert.Equal(Utc("2026-12-01T03:45"), slots[0].EndTime);
        Assert.Equal(Utc("2026-12-01T06:15"), slots[5].EndTime);
        Assert.Equal(Utc("2026-12-01T07:15"), slots[6].StartTime);
        Assert.Equal(Utc("2026-12-31T11:15"), slots[^1].EndTime);
        Assert.DoesNotContain(slots, slot => slot.StartTime.Date == new DateTime(2026, 12, 25));
    }

    [Fact]
    public void A_slot_keeps_its_length_where_the_clock_skips_an_hour()
    {
        // New York, 2026-03-08: 02:00 becomes 03:00.
        Assert.Equal(
            ["05:00-05:45", "05:45-06:30", "06:30-07:15", "07:15-08:00"],
            Shown("America/New_York", "2026-03-08", "00:00", "04:00", 45));
    }

    [Fact]
    public void A_repeated_hour_counts_twice()
    {
        // New York, 2026-11-01: 02:00 becomes 01:00.
        Assert.Equal(
            ["04:00-05:00", "05:00-06:00", "06:00-07:00", "07:00-08:00"],
            Shown("America/New_York", "2026-11-01", "00:00", "03:00", 60));
    }

    [Theory]
    [InlineData("America/New_York", "2026-03-08", "02:30", "03:30", "07:00-07:30")]
    [InlineData("America/New_York", "2026-03-08", "01:00", "02:30", "06:00-06:30 06:30-07:00")]
    [InlineData("America/New_York", "2026-03-08", "02:00", "03:00", "")]
    [InlineData("Australia/Lord_Howe", "2026-10-04", "02:15", "03:00", "15:30-16:00")]
    [InlineData("Australia/Lord_Howe", "2026-10-04", "01:30", "02:15", "15:00-15:30")]
    [InlineData("America/Sao_Paulo", "2018-11-04", "00:00", "02:00", "03:00-03:30 03:30-04:00")]
    [InlineData("America/Sao_Paulo", "2018-11-03", "23:30", "24:00", "02:30-03:00")]
    [InlineData("Africa/Cairo", "2026-04-24", "00:30", "01:30", "22:00-22:30")]
    [InlineData("Asia/Beirut", "2026-03-29", "00:00", "01:30", "22:00-22:30")]
    [InlineData("Pacific/Apia", "2011-12-29", "23:00", "24:00", "09:00-09:30 09:30-10:00")]
    [InlineData("Pacific/Apia", "2011-12-30", "00:00", "24:00", "")]
    [InlineData("Pacific/Apia", "2011-12-31", "00:00", "01:00", "10:00-10:30 10:30-11:00")]
    [InlineData("America/Caracas", "2016-05-01", "02:30", "03:30", "07:00-07:30")]
    public void A_skipped_time_means_the_first_instant_after_the_gap(string zone, string day, string start, string end, string expected) =>
        Assert.Equal(expected, string.Join(' ', Shown(zone, day, start, end, 30)));

    [Theory]
    [InlineData("America/New_York", "2026-11-01", "01:30", "02:00", "05:30-06:00 06:00-06:30 06:30-07:00")]
    [InlineData("America/New_York", "2026-11-01", "01:00", "01:30", "05:00-05:30 05:30-06:00 06:00-06:30")]
    [InlineData("America/New_York", "2026-11-01", "00:30", "01:00", "04:30-05:00 05:00-05:30 05:30-06:00")]
    [InlineData("America/New_York", "2026-11-01", "02:00", "02:30", "07:00-07:30")]
    [InlineData("Australia/Lord_Howe", "2026-04-05", "01:30", "02:00", "14:30-15:00 15:00-15:30")]
    [InlineData("America/Sao_Paulo", "2018-02-17", "23:30", "24:00", "01:30-02:00 02:00-02:30 02:30-03:00")]
    [InlineData("America/Havana", "2025-11-01", "23:30", "24:00", "03:30-04:00 04:00-04:30 04:30-05:00")]
    [InlineData("America/Havana", "2025-11-02", "00:00", "00:30", "04:00-04:30 04:30-05:00 05:00-05:30")]
    [InlineData("Asia/Pyongyang", "2015-08-14", "23:30", "24:00", "14:30-15:00 15:00-15:30")]
    [InlineData("Africa/Casablanca", "2026-02-15", "02:00", "02:30", "01:00-01:30 01:30-02:00 02:00-02:30")]
    public void A_repeated_time_starts_at_its_first_occurrence_and_ends_at_its_second(string zone, string day, string start, string end, string expected) =>
        Assert.Equal(expected, string.Join(' ', Shown(zone, day, start, end, 30)));

    [Fact]
    public void Twenty_four_hundred_is_the_midnight_that_ends_the_day() =>
        Assert.Equal(["23:00-23:30", "23:30-00:00"], Shown("UTC", "2026-12-01", "23:00", "24:00", 30));

    [Fact]
    public void A_slot_that_overlaps_a_break_is_left_out_and_the_next_starts_at_its_end() =>
        Assert.Equal(["09:00-09:45", "10:20-11:05", "11:05-11:50"], Shown("UTC", "2026-12-01", "09:00", "12:00", 45, ("10:10", "10:20")));

    [Theory]
    [InlineData("09:00", "09:30", "09:30-10:00 10:00-10:30 10:30-11:00")]
    [InlineData("10:30", "11:00", "09:00-09:30 09:30-10:00 10:00-10:30")]
    [InlineData("08:00", "09:10", "09:10-09:40 09:40-10:10 10:10-10:40")]
    [InlineData("10:45", "12:00", "09:00-09:30 09:30-10:00 10:00-10:30")]
    [InlineData("07:00", "09:00", "09:00-09:30 09:30-10:00 10:00-10:30 10:30-11:00")]
    [InlineData("11:00", "24:00", "09:00-09:30 09:30-10:00 10:00-10:30 10:30-11:00")]
    [InlineData("00:00", "24:00", "")]
    public void A_break_may_lie_at_an_edge_of_the_window_or_outside(string start, string end, string expected) =>
        Assert.Equal(expected, string.Join(' ', Shown("UTC", "2026-12-01", "09:00", "11:00", 30, (start, end))));

    [Fact]
    public void Breaks_may_overlap_touch_contain_each_other_and_come_in_any_order() =>
        Assert.Equal(
            ["09:00-09:30", "11:30-12:00"],
            Shown("UTC", "2026-12-01", "09:00", "12:00", 30, ("11:00", "11:30"), ("09:50", "10:40"), ("09:40", "11:00"), ("10:00", "10:10")));

    [Fact]
    public void A_stretch_between_breaks_that_is_too_short_stays_empty() =>
        Assert.Equal(["11:00-12:00"], Shown("UTC", "2026-12-01", "09:00", "12:00", 60, ("09:30", "10:00"), ("10:59", "11:00")));

    [Fact]
    public void A_break_whose_times_occur_twice_covers_both()
    {
        Assert.Equal(
            ["04:00-04:30", "04:30-05:00", "06:30-07:00", "07:00-07:30", "07:30-08:00"],
            Shown("America/New_York", "2026-11-01", "00:00", "03:00", 30, ("01:00", "01:30")));
    }

    [Fact]
    public void A_break_that_the_clock_skips_does_not_happen()
    {
        Assert.Equal(
            ["06:30-07:30"],
            Shown("America/New_York", "2026-03-08", "01:30", "03:30", 60, ("02:00", "03:00")));
    }

    [Fact]
    public void An_interval_longer_than_the_window_gives_nothing() =>
        Assert.Empty(Shown("UTC", "2026-12-01", "09:00", "10:00", 61));

    [Fact]
    public void A_whole_day_fits_one_slot_of_a_day() =>
        Assert.Equal(["00:00-00:00"], Shown("UTC", "2026-12-01", "00:00", "24:00", 1440));

    [Fact]
    public void An_hour_repeated_across_midnight_is_planned_once()
    {
        // Havana, 2025-11-02: 01:00 becomes 00:00. Saturday's window ends at the second midnight, so Sunday's starts there.
        var slots = Plan("America/Havana", "2025-11-01", "2025-11-02", "00:00", "24:00", 45);

        Assert.Equal(33 + 32, slots.Length);
        Assert.Equal(Utc("2025-11-02T04:45"), slots[32].EndTime);
        Assert.Equal(Utc("2025-11-02T05:00"), slots[33].StartTime);
    }

    [Fact]
    public void A_range_that_ends_before_it_starts_gives_nothing() =>
        Assert.Empty(Plan("UTC", "2026-12-02", "2026-12-01", "09:00", "17:00", 30));

    [Theory]
    [InlineData("Asia/Kathmandu", "0002-01-01")]
    [InlineData("America/New_York", "9998-12-30")]
    [InlineData("UTC", "0002-01-01")]
    [InlineData("UTC", "9998-12-30")]
    public void The_first_and_the_last_day_that_may_be_asked_for_are_no_failure(string zone, string day)
    {
        var slots = Plan(zone, day, day, "00:00", "24:00", 30);
        Assert.InRange(slots.Length, 1, 48);
    }

    [Fact]
    public void Only_the_slots_that_are_asked_for_are_computed()
    {
        // Nearly ten thousand years of days: computing them all would take minutes.
        var pattern = Pattern("America/New_York", "0001-01-01", "9999-12-31", "00:00", "24:00", 5);

        Assert.Equal(5001, SlotPlan.Of(pattern).Take(5001).Count());
    }

    [Fact]
    public void An_interval_that_never_ends_is_a_defect_of_the_caller() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SlotPlan.Of(Pattern("UTC", "2026-12-01", "2026-12-01", "09:00", "17:00", 0)));

    private static string[] Shown(string zone, string day, string start, string end, int interval, params (string, string)[] breaks) =>
        [.. Plan(zone, day, day, start, end, interval, breaks: breaks).Select(slot => $"{slot.StartTime:HH:mm}-{slot.EndTime:HH:mm}")];

    private static PlannedSlot[] Plan(
        string zone, string from, string to, string start, string end, int interval,
        string[]? days = null, (string, string)[]? breaks = null, string[]? exclude = null) =>
        [.. SlotPlan.Of(Pattern(zone, from, to, start, end, interval, days, breaks, exclude))];

    private static SlotPattern Pattern(
        string zone, string from, string to, string start, string end, int interval,
        string[]? days = null, (string Start, string End)[]? breaks = null, string[]? exclude = null)
    {
        var week = default(DaysOfWeek);
        foreach (var entry in days ?? ["MON-SUN"])
        {
            Assert.True(DaysOfWeek.TryParse(entry, out var some));
            week |= some;
        }

        return new SlotPattern(
            Date(from), Date(to), week, Minutes(start), Minutes(end), interval,
            [.. (breaks ?? []).Select(pause => (Minutes(pause.Start), Minutes(pause.End)))],
            (exclude ?? []).Select(Date).ToHashSet(),
            NodaTime.DateTimeZoneProviders.Tzdb[zone]);
    }

    private static DateOnly Date(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static int Minutes(string text) =>
        int.Parse(text[..2], CultureInfo.InvariantCulture) * 60 + int.Parse(text[3..], CultureInfo.InvariantCulture);

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text + "Z", CultureInfo.InvariantCulture);
}
