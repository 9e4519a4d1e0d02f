using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Xunit;
using static Consultation.Tests.Support.Answers;

namespace Consultation.Tests.Features.BulkGenerateSlots;

/// <summary>The route; what a pattern means is tested beside this, without HTTP.</summary>
public sealed class BulkGenerateSlotsTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    /// <summary>The contract's example.</summary>
    private const string Example =
        """
        { "startDate": "2026-12-01", "endDate": "2026-12-31", "daysOfWeek": ["MON-FRI", "SUN"],
          "startTime": "09:00", "endTime": "17:00", "intervalMinutes": 30,
          "breaks": [ { "startTime": "12:00", "endTime": "13:00" } ], "excludeDates": ["2026-12-25"],
          "timeZone": "Asia/Kathmandu", "onConflict": "fail", "dryRun": false }
        """;

    /// <summary>Monday to Friday with four slots each: 09:00, 09:30, 10:00 and 10:30 UTC.</summary>
    private const string Week =
        """
        { "startDate": "2031-05-05", "endDate": "2031-05-11", "daysOfWeek": ["MON-FRI"], "startTime": "09:00", "endTime": "11:00", "intervalMinutes": 30 }
        """;

    private const int WeekSlots = 20;

    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        service.Clock.Advance(Instant("2026-11-22T12:00:00Z") - service.Clock.GetUtcNow());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_contract_s_example_gives_fourteen_slots_on_each_of_twenty_six_days()
    {
        // December 2026 starts on a Tuesday: 23 days from Monday to Friday without the 25th, and 4 Sundays; 16 half hours less 2 at noon.
        var answer = await Staff.GenerateSlots(Example);

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(["created", "skipped", "past", "slots"], answer.Body!.Members());
        Assert.Equal((364, 0, 0), Counts(answer));
        var slots = answer["slots"].AsArray();
        Assert.Equal(364, slots.Count);
        Assert.Equal(("2026-12-01", "2026-12-01T03:15:00Z", "2026-12-01T03:45:00Z"), (slots[0]!.TextOf("date"), slots[0]!.TextOf("startTime"), slots[0]!.TextOf("endTime")));
        Assert.Equal(("2026-12-31T10:45:00Z", "2026-12-31T11:15:00Z"), (slots[^1]!.TextOf("startTime"), slots[^1]!.TextOf("endTime")));
        Assert.Equal(26, slots.Select(slot => slot!.TextOf("date")).Distinct().Count());
        Assert.DoesNotContain("2026-12-25", slots.Select(slot => slot!.TextOf("date")));
        Assert.DoesNotContain("2026-12-05", slots.Select(slot => slot!.TextOf("date")));
        Assert.Contains("2026-12-06", slots.Select(slot => slot!.TextOf("date")));
        Assert.Equal(364, await CountAsync());
    }

    [Fact]
    public async Task What_is_answered_are_admin_slots_by_start_as_they_are_stored()
    {
        var slots = (await Staff.GenerateSlots(Week))["slots"].AsArray();

        Assert.Equal(["id", "date", "startTime", "endTime", "isActive", "isBooked", "createdAt", "updatedAt"], slots[0]!.Members());
        Assert.All(slots, slot => Assert.Equal(("true", "false", slot!.TextOf("createdAt")), (slot!.TextOf("isActive"), slot!.TextOf("isBooked"), slot!.TextOf("updatedAt"))));
        Assert.Equal((await Staff.Slots())["items"].ToJsonString(), slots.ToJsonString());
    }

    [Fact]
    public async Task One_slot_in_the_way_is_named_and_nothing_is_inserted()
    {
        var inTheWay = await service.SlotAsync(Instant("2031-05-07T10:00:00Z"), minutes: 5, active: false);
        await service.BookingAsync(inTheWay);

        foreach (var pattern in new[] { Week, With(Week, ("onConflict", "fail")), With(Week, ("onConflict", null), ("dryRun", false)) })
        {
            var answer = await Staff.GenerateSlots(pattern);

            Assert.Equal((HttpStatusCode.Conflict, "CONSULTATION_SLOT_CONFLICT"), (answer.Status, answer.Code));
            Assert.Equal("""[{"date":"2031-05-07","startTime":"2031-05-07T10:00:00Z"}]""", answer["conflicts"].ToJsonString());
        }

        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Of_many_slots_in_the_way_the_first_twenty_are_named()
    {
        await Staff.GenerateSlots(With(Week, ("startTime", "09:30"), ("endTime", "12:00")));
        var before = await CountAsync();

        var answer = await Staff.GenerateSlots(With(Week, ("endTime", "12:00")));

        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Equal(
            from day in Enumerable.Range(5, 4)
            from time in new[] { "09:30", "10:00", "10:30", "11:00", "11:30" }
            select ($"2031-05-0{day}", $"2031-05-0{day}T{time}:00Z"),
            answer["conflicts"].AsArray().Select(conflict => (conflict!.TextOf("date")!, conflict!.TextOf("startTime")!)));
        Assert.Equal(25, before);
        Assert.Equal(before, await CountAsync());
    }

    [Fact]
    public async Task With_skip_what_exists_is_kept_and_counted()
    {
        var kept = await service.SlotAsync(Instant("2031-05-07T10:00:00Z"), minutes: 5, active: false);

        var answer = await Staff.GenerateSlots(With(Week, ("onConflict", "skip")));

        Assert.Equal((HttpStatusCode.Created, (WeekSlots - 1, 1, 0)), (answer.Status, Counts(answer)));
        Assert.Equal(WeekSlots - 1, answer["slots"].AsArray().Count);
        Assert.DoesNotContain("2031-05-07T10:00:00Z", answer["slots"].AsArray().Select(slot => slot!.TextOf("startTime")));
        Assert.Equal(("2031-05-07T10:05:00Z", "false"), ((await Staff.Slot(kept)).Body!.TextOf("endTime"), (await Staff.Slot(kept)).Body!.TextOf("isActive")));
        Assert.Equal(WeekSlots, await CountAsync());
    }

    [Fact]
    public async Task Past_slots_are_left_out_and_counted_before_conflicts_are_looked_for()
    {
        service.Clock.Advance(Instant("2031-05-05T09:45:00Z") - service.Clock.GetUtcNow());
        await service.SlotAsync(Instant("2031-05-05T09:00:00Z"));

        var dry = await Staff.GenerateSlots(With(Week, ("dryRun", true)));
        var answer = await Staff.GenerateSlots(Week);

        Assert.Equal((WeekSlots - 2, 0, 2), Counts(dry));
        Assert.Equal((HttpStatusCode.Created, (WeekSlots - 2, 0, 2)), (answer.Status, Counts(answer)));
        Assert.Equal("2031-05-05T10:00:00Z", answer["slots"][0]!.TextOf("startTime"));
    }

    [Fact]
    public async Task A_dry_run_tells_what_the_run_would_do_and_writes_nothing()
    {
        service.Clock.Advance(Instant("2031-05-05T09:45:00Z") - service.Clock.GetUtcNow());
        await service.SlotAsync(Instant("2031-05-06T09:00:00Z"));

        var dry = await Staff.GenerateSlots(With(Week, ("dryRun", true), ("onConflict", "skip")));
        var written = await CountAsync();
        var real = await Staff.GenerateSlots(With(Week, ("onConflict", "skip")));

        Assert.Equal(HttpStatusCode.OK, dry.Status);
        Assert.Equal(1, written);
        Assert.Equal((WeekSlots - 3, 1, 2), Counts(dry));
        Assert.All(dry["slots"].AsArray(), slot => Assert.Equal((null, null, null), (slot!.TextOf("id"), slot!.TextOf("createdAt"), slot!.TextOf("updatedAt"))));
        foreach (var slot in real["slots"].AsArray())
            (slot!["id"], slot["createdAt"], slot["updatedAt"]) = (null, null, null);
        Assert.Equal(real.Body!.ToJsonString(), dry.Body!.ToJsonString());
    }

    [Theory]
    [InlineData("fail")]
    [InlineData("skip")]
    public async Task A_dry_run_counts_conflicts_as_skipped_whatever_should_happen_to_them(string onConflict)
    {
        await service.SlotAsync(Instant("2031-05-07T10:00:00Z"));

        var answer = await Staff.GenerateSlots(With(Week, ("dryRun", true), ("onConflict", onConflict)));

        Assert.Equal((HttpStatusCode.OK, (WeekSlots - 1, 1, 0)), (answer.Status, Counts(answer)));
        Assert.Equal(1, await CountAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_all_exist_or_are_past_nothing_is_created_and_that_is_a_success(bool dryRun)
    {
        var success = dryRun ? HttpStatusCode.OK : HttpStatusCode.Created;
        await Staff.GenerateSlots(Week);

        var existing = await Staff.GenerateSlots(With(Week, ("onConflict", "skip"), ("dryRun", dryRun)));
        var past = await Staff.GenerateSlots(With(Week, ("startDate", "2020-05-04"), ("endDate", "2020-05-08"), ("dryRun", dryRun)));

        Assert.Equal((success, (0, WeekSlots, 0), "[]"), (existing.Status, Counts(existing), existing["slots"].ToJsonString()));
        Assert.Equal((success, (0, 0, WeekSlots), "[]"), (past.Status, Counts(past), past["slots"].ToJsonString()));
        Assert.Equal(WeekSlots, await CountAsync());
    }

    [Fact]
    public async Task A_pattern_without_any_slot_is_refused()
    {
        foreach (var pattern in new[]
                 {
                     With(Week, ("endDate", "2031-05-05"), ("daysOfWeek", new[] { "TUE" })),
                     With(Week, ("endDate", "2031-05-06"), ("excludeDates", new[] { "2031-05-05", "2031-05-06" })),
                     With(Week, ("intervalMinutes", 121)),
                     With(Week, ("breaks", new[] { new { startTime = "08:00", endTime = "10:31" } })),
                     With(Week, ("intervalMinutes", 121), ("dryRun", true)),
                 })
            await Refused(pattern);
    }

    [Fact]
    public async Task Breaks_and_excluded_dates_outside_the_window_and_the_range_are_harmless()
    {
        var answer = await Staff.GenerateSlots(With(
            Week,
            ("breaks", new[] { new { startTime = "00:00", endTime = "09:00" }, new { startTime = "11:00", endTime = "24:00" } }),
            ("excludeDates", new[] { "2031-05-04", "2031-05-12", "1999-01-01", "2031-05-10" })));

        Assert.Equal((HttpStatusCode.Created, (WeekSlots, 0, 0)), (answer.Status, Counts(answer)));
    }

    [Fact]
    public async Task What_is_optional_may_be_null_or_empty()
    {
        var nulls = await Staff.GenerateSlots(With(Week, ("breaks", null), ("excludeDates", null), ("timeZone", null), ("onConflict", null), ("dryRun", null)));
        var empty = await Staff.GenerateSlots(With(Week, ("breaks", Array.Empty<int>()), ("excludeDates", Array.Empty<int>()), ("timeZone", " "), ("onConflict", "skip")));

        Assert.Equal((HttpStatusCode.Created, (WeekSlots, 0, 0)), (nulls.Status, Counts(nulls)));
        Assert.Equal((HttpStatusCode.Created, (0, WeekSlots, 0)), (empty.Status, Counts(empty)));
    }

    [Fact]
    public async Task A_window_may_end_at_the_midnight_that_ends_the_day()
    {
        var answer = await Staff.GenerateSlots(With(Week, ("endDate", "2031-05-05"), ("startTime", "23:00"), ("endTime", "24:00")));

        Assert.Equal(
            [("2031-05-05T23:00:00Z", "2031-05-05T23:30:00Z"), ("2031-05-05T23:30:00Z", "2031-05-06T00:00:00Z")],
            answer["slots"].AsArray().Select(slot => (slot!.TextOf("startTime")!, slot!.TextOf("endTime")!)));
    }

    [Fact]
    public async Task Days_may_be_named_in_any_case_and_ranges_may_pass_the_end_of_the_week()
    {
        var answer = await Staff.GenerateSlots(With(Week, ("daysOfWeek", new[] { "Sat-mon", "wednesday", "WED-WED" })));

        Assert.Equal(["2031-05-05", "2031-05-07", "2031-05-10", "2031-05-11"], answer["slots"].AsArray().Select(slot => slot!.TextOf("date")!).Distinct());
    }

    [Fact]
    public async Task The_date_is_the_day_in_the_shop_s_zone_whatever_zone_the_pattern_is_in()
    {
        var kathmandu = new Staff(service.StartReplica(("CONSULTATION_TIME_ZONE", "Asia/Kathmandu")).Http);

        // 20:00 on Monday in New York is midnight UTC and 05:45 on Tuesday in Kathmandu.
        var abroad = await kathmandu.GenerateSlots(With(
            Week, ("endDate", "2031-05-05"), ("startTime", "20:00"), ("endTime", "20:30"), ("timeZone", "America/New_York")));
        var atHome = await kathmandu.GenerateSlots(With(Week, ("endDate", "2031-05-05"), ("startTime", "00:00"), ("endTime", "00:30")));
        var taken = await kathmandu.GenerateSlots(With(Week, ("startDate", "2031-05-06"), ("startTime", "05:45"), ("endTime", "06:15"), ("endDate", "2031-05-06")));

        Assert.Equal(("2031-05-06", "2031-05-06T00:00:00Z"), (abroad["slots"][0]!.TextOf("date"), abroad["slots"][0]!.TextOf("startTime")));
        Assert.Equal(("2031-05-05", "2031-05-04T18:15:00Z"), (atHome["slots"][0]!.TextOf("date"), atHome["slots"][0]!.TextOf("startTime")));
        Assert.Equal("""[{"date":"2031-05-06","startTime":"2031-05-06T00:00:00Z"}]""", taken["conflicts"].ToJsonString());
    }

    [Fact]
    public async Task The_limit_counts_slots_before_past_and_existing_ones_are_left_out()
    {
        var small = new Staff(service.StartReplica(("CONSULTATION_BULK_MAX_SLOTS", $"{WeekSlots - 1}")).Http);
        await Staff.GenerateSlots(Week);

        var existing = await small.GenerateSlots(With(Week, ("onConflict", "skip")));
        var past = await small.GenerateSlots(With(Week, ("startDate", "2026-11-19"), ("endDate", "2026-11-25"))); // two days of five are over
        var dry = await small.GenerateSlots(With(Week, ("dryRun", true)));
        var justFits = await small.GenerateSlots(With(
            Week, ("startDate", "2031-05-12"), ("endDate", "2031-05-16"), ("breaks", new[] { new { startTime = "09:00", endTime = "09:30" } })));

        Assert.All([existing, past, dry], answer => Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code)));
        Assert.Equal((HttpStatusCode.Created, 15), (justFits.Status, Counts(justFits).Created));
    }

    [Fact]
    public async Task Five_thousand_slots_are_allowed_and_one_more_is_not()
    {
        // 250 slots of 5 minutes on each of 20 days
        var most = With(Week, ("endDate", "2031-05-24"), ("daysOfWeek", new[] { "MON-SUN" }), ("startTime", "00:00"), ("endTime", "20:50"), ("intervalMinutes", 5));

        await Refused(With(most, ("endDate", "2031-05-25")));
        var answer = await Staff.GenerateSlots(most);

        Assert.Equal((HttpStatusCode.Created, (5000, 0, 0)), (answer.Status, Counts(answer)));
        Assert.Equal(5000, await CountAsync());
    }

    [Fact]
    public async Task A_range_may_have_366_days_and_no_more()
    {
        var year = With(Week, ("startDate", "2031-01-01"), ("endDate", "2032-01-01"), ("daysOfWeek", new[] { "MON" }), ("dryRun", true));

        Assert.Equal((HttpStatusCode.OK, 52 * 4), ((await Staff.GenerateSlots(year)).Status, Counts(await Staff.GenerateSlots(year)).Created));
        Assert.Equal(["endDate"], await Refused(With(year, ("endDate", "2032-01-02"))));
    }

    [Fact]
    public async Task Every_bad_member_is_named_at_once()
    {
        Assert.Equal(
            ["breaks", "daysOfWeek", "dryRun", "endDate", "endTime", "excludeDates", "intervalMinutes", "onConflict", "startDate", "startTime", "timeZone"],
            await Refused(
                """
                { "startDate": "2031-02-29", "endDate": 5, "daysOfWeek": ["MON", "XYZ"], "startTime": "25:00", "endTime": "9:00", "intervalMinutes": 4,
                  "breaks": [ { "startTime": "13:00", "endTime": "12:00" } ], "excludeDates": ["soon"], "timeZone": "Mars/Olympus", "onConflict": "FAIL", "dryRun": "no" }
                """));
        Assert.Equal(["daysOfWeek", "endDate", "endTime", "intervalMinutes", "startDate", "startTime"], await Refused("{}"));
        Assert.Equal(
            ["daysOfWeek", "endDate", "endTime", "intervalMinutes"],
            await Refused(With(Week, ("endDate", "2031-05-04"), ("endTime", "09:00"), ("intervalMinutes", 1441), ("daysOfWeek", Array.Empty<string>()))));
    }

    [Theory]
    [InlineData("startTime", "\"24:00\"", "endTime startTime")]
    [InlineData("startTime", "\"09:00:00\"")]
    [InlineData("startTime", "540")]
    [InlineData("endTime", "\"24:01\"")]
    [InlineData("endTime", "\"00:00\"")]
    [InlineData("endTime", "\"09:00\"")]
    [InlineData("endTime", "\"08:30\"")]
    [InlineData("endTime", "null")]
    [InlineData("intervalMinutes", "4")]
    [InlineData("intervalMinutes", "1441")]
    [InlineData("intervalMinutes", "0")]
    [InlineData("intervalMinutes", "-30")]
    [InlineData("intervalMinutes", "30.5")]
    [InlineData("intervalMinutes", "\"30\"")]
    [InlineData("intervalMinutes", "99999999999")]
    [InlineData("daysOfWeek", "\"MON-FRI\"")]
    [InlineData("daysOfWeek", "[null]")]
    [InlineData("daysOfWeek", "[1]")]
    [InlineData("daysOfWeek", "[\"\"]")]
    [InlineData("daysOfWeek", "[\"MO\"]")]
    [InlineData("daysOfWeek", "[\"MON-\"]")]
    [InlineData("daysOfWeek", "[\"MON-WED-FRI\"]")]
    [InlineData("breaks", "[{ \"startTime\": \"12:00\", \"endTime\": \"12:00\" }]")]
    [InlineData("breaks", "[{ \"startTime\": \"22:00\", \"endTime\": \"06:00\" }]")]
    [InlineData("breaks", "[{ \"startTime\": \"12:00\" }]")]
    [InlineData("breaks", "[null]")]
    [InlineData("breaks", "{ }")]
    [InlineData("excludeDates", "[null]")]
    [InlineData("excludeDates", "\"2031-05-05\"")]
    [InlineData("timeZone", "\"Eastern Standard Time\"")]
    [InlineData("timeZone", "\"Tokyo Standard Time\"")]
    [InlineData("timeZone", "\"+05:45\"")]
    [InlineData("timeZone", "\"localtime\"")]
    [InlineData("timeZone", "\"posixrules\"")]
    [InlineData("timeZone", "\"right/UTC\"")]
    [InlineData("timeZone", "\"posix/Asia/Tokyo\"")]
    [InlineData("timeZone", "\"Europe/Nowhere\"")]
    [InlineData("timeZone", "\"../../etc/passwd\"")]
    [InlineData("timeZone", "7")]
    [InlineData("onConflict", "\"Skip\"")]
    [InlineData("onConflict", "\"replace\"")]
    [InlineData("onConflict", "0")]
    [InlineData("dryRun", "1")]
    [InlineData("startDate", "\"2031-5-5\"")]
    [InlineData("startDate", "\"2031-05-12\"", "endDate")]
    [InlineData("startDate", "\"0001-01-01\"", "endDate startDate")]
    [InlineData("endDate", "\"9999-12-31\"")]
    [InlineData("endDate", "\"2031-05-05T00:00:00Z\"")]
    public async Task A_bad_value_is_refused_by_name(string member, string value, string? named = null) =>
        Assert.Equal(named ?? member, string.Join(' ', await Refused(With(Week, (member, JsonNode.Parse(value))))));

    [Fact]
    public async Task Whoever_asks_for_the_same_slots_at_once_each_is_created_once_and_nobody_sees_an_error()
    {
        // Every third asks for hours instead of half hours, so that the requests overlap without being equal.
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => new Staff(service.Http, $"admin-{i}").GenerateSlots(With(
            Week, ("onConflict", i % 2 == 0 ? "fail" : "skip"), ("intervalMinutes", i % 3 == 0 ? 60 : 30)))));

        Assert.All(answers, answer => Assert.True(
            answer.Status == HttpStatusCode.Created || (answer.Status, answer.Code) == (HttpStatusCode.Conflict, "CONSULTATION_SLOT_CONFLICT"), answer.Text));
        var created = answers.Where(answer => answer.Status == HttpStatusCode.Created).ToList();
        Assert.Equal(WeekSlots, created.Sum(answer => Counts(answer).Created));
        Assert.Equal(WeekSlots, created.SelectMany(answer => answer["slots"].AsArray()).Select(slot => slot!.TextOf("startTime")).Distinct().Count());
        Assert.Equal(WeekSlots, await CountAsync());
    }

    private static (int Created, int Skipped, int Past) Counts(Answer answer) =>
        (answer["created"].GetValue<int>(), answer["skipped"].GetValue<int>(), answer["past"].GetValue<int>());

    private static string With(string pattern, params (string Member, object? Value)[] changes)
    {
        var changed = JsonNode.Parse(pattern)!.AsObject();
        foreach (var (member, value) in changes)
            changed[member] = JsonSerializer.SerializeToNode(value);
        return changed.ToJsonString();
    }

    private async Task<IEnumerable<string>> Refused(string pattern)
    {
        var before = await CountAsync();
        var answer = await Staff.GenerateSlots(pattern);

        Assert.True((answer.Status, answer.Code) == (HttpStatusCode.BadRequest, "VALIDATION_FAILED"), $"{pattern} gives {answer.Text}");
        Assert.Equal(before, await CountAsync());
        return answer.BadMembers.Order();
    }

    private async Task<int> CountAsync() => await service.ScalarAsync<int>("select count(*) from consultation_slot");
}
