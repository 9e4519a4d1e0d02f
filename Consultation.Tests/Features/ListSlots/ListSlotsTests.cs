using System.Globalization;
using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.ListSlots;

public sealed class ListSlotsTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private DateOnly Today => DateOnly.FromDateTime(service.Clock.GetUtcNow().UtcDateTime);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("/api/consultations/slots")]
    [InlineData("/api/mobile/consultations/slots")]
    public async Task A_slot_is_listed_with_its_day_and_its_times_in_utc(string path)
    {
        var start = new DateTimeOffset(Today.AddDays(3), new TimeOnly(9, 0), TimeSpan.Zero);
        var id = await service.SlotAsync(start, minutes: 45);

        var answer = await service.Http.GetAsync(path, token: null);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(1, answer["total"].GetValue<int>());
        var item = Assert.Single(answer["items"].AsArray())!.AsObject();
        Assert.Equal(["id", "date", "startTime", "endTime"], item.Select(member => member.Key));
        Assert.Equal(id, item["id"]!.GetValue<long>());
        Assert.Equal(Day(Today.AddDays(3)), item["date"]!.GetValue<string>());
        Assert.Equal($"{Day(Today.AddDays(3))}T09:00:00Z", item["startTime"]!.GetValue<string>());
        Assert.Equal($"{Day(Today.AddDays(3))}T09:45:00Z", item["endTime"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_empty_list_is_an_answer()
    {
        var answer = await service.Http.GetAsync(HttpJson.Slots, token: null);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("""{"items":[],"total":0}""", answer.Text);
    }

    [Fact]
    public async Task Only_slots_that_are_active_and_ahead_and_without_a_booking_are_listed()
    {
        var open = await service.SlotInAsync(3);
        await service.SlotInAsync(4, active: false);
        await service.SlotInAsync(-0.5);
        await service.BookingAsync(await service.SlotInAsync(5));

        var list = await service.Http.GetAsync($"{HttpJson.Slots}?dateFrom={Day(Today.AddDays(-1))}", token: null);

        Assert.Equal([open], Ids(list));
    }

    [Fact]
    public async Task A_slot_that_starts_this_very_instant_is_not_listed()
    {
        var start = new DateTimeOffset(Today.AddDays(2), new TimeOnly(9, 0), TimeSpan.Zero);
        await service.SlotAsync(start);
        service.Clock.Advance(start - service.Clock.GetUtcNow());

        Assert.Empty(Ids(await service.Http.GetAsync(HttpJson.Slots, token: null)));
    }

    [Fact]
    public async Task Slots_are_ordered_by_start_whatever_their_ids()
    {
        var third = await service.SlotInAsync(72);
        var first = await service.SlotInAsync(24);
        var second = await service.SlotInAsync(48);

        Assert.Equal([first, second, third], Ids(await service.Http.GetAsync(HttpJson.Slots, token: null)));
    }

    [Fact]
    public async Task The_range_counts_both_of_its_days_from_midnight_to_midnight()
    {
        await SlotAtAsync(9, "23:59");
        var first = await SlotAtAsync(10, "00:00");
        var last = await SlotAtAsync(11, "23:59");
        await SlotAtAsync(12, "00:00");

        Assert.Equal([first, last], Ids(await ListAsync(Today.AddDays(10), Today.AddDays(11))));
    }

    [Fact]
    public async Task A_range_of_one_day_is_that_day()
    {
        var slot = await SlotAtAsync(10, "12:00");
        await SlotAtAsync(11, "12:00");

        Assert.Equal([slot], Ids(await ListAsync(Today.AddDays(10), Today.AddDays(10))));
    }

    [Fact]
    public async Task Without_dates_it_is_today_and_thirty_days_more()
    {
        var last = await SlotAtAsync(30, "23:59");
        await SlotAtAsync(31, "00:00");

        Assert.Equal([last], Ids(await service.Http.GetAsync(HttpJson.Slots, token: null)));
    }

    [Fact]
    public async Task Without_an_end_it_is_thirty_days_from_the_start()
    {
        await SlotAtAsync(59, "23:59");
        var first = await SlotAtAsync(60, "00:00");
        var last = await SlotAtAsync(90, "23:59");
        await SlotAtAsync(91, "00:00");

        Assert.Equal([first, last], Ids(await service.Http.GetAsync($"{HttpJson.Slots}?dateFrom={Day(Today.AddDays(60))}", token: null)));
    }

    [Fact]
    public async Task Without_a_start_it_is_from_today()
    {
        var slot = await SlotAtAsync(2, "12:00");
        await SlotAtAsync(3, "12:00");

        Assert.Equal([slot], Ids(await service.Http.GetAsync($"{HttpJson.Slots}?dateTo={Day(Today.AddDays(2))}", token: null)));
    }

    [Theory]
    [InlineData("?dateFrom=&dateTo=")]
    [InlineData("?dateFrom=%20&dateTo=%20%20")]
    [InlineData("?unknown=1&dateFrom")]
    public async Task Empty_and_unknown_query_values_count_as_absent(string query)
    {
        var slot = await service.SlotInAsync(24);

        Assert.Equal([slot], Ids(await service.Http.GetAsync(HttpJson.Slots + query, token: null)));
    }

    [Fact]
    public async Task Ninety_two_days_are_a_range_and_ninety_three_are_not()
    {
        Assert.Equal(HttpStatusCode.OK, (await ListAsync(Today, Today.AddDays(91))).Status);

        var refused = await ListAsync(Today, Today.AddDays(92));

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(["dateTo"], refused.BadMembers);
    }

    [Fact]
    public async Task The_longest_range_holds_with_the_default_start_too()
    {
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync($"{HttpJson.Slots}?dateTo={Day(Today.AddDays(91))}", token: null)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await service.Http.GetAsync($"{HttpJson.Slots}?dateTo={Day(Today.AddDays(92))}", token: null)).Status);
    }

    [Fact]
    public async Task A_range_that_ends_before_it_starts_is_refused()
    {
        var refused = await ListAsync(Today.AddDays(5), Today.AddDays(4));

        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(["dateTo"], refused.BadMembers);
    }

    [Fact]
    public async Task An_end_before_today_needs_a_start()
    {
        Assert.Equal("VALIDATION_FAILED", (await service.Http.GetAsync($"{HttpJson.Slots}?dateTo={Day(Today.AddDays(-1))}", token: null)).Code);
        Assert.Equal(HttpStatusCode.OK, (await ListAsync(Today.AddDays(-2), Today.AddDays(-1))).Status);
    }

    [Theory]
    [InlineData("2026-13-01")]
    [InlineData("2026-02-30")]
    [InlineData("2026-1-1")]
    [InlineData("01.12.2026")]
    [InlineData("2026-12-01T00:00:00Z")]
    [InlineData("tomorrow")]
    [InlineData("0")]
    [InlineData("%00")]
    public async Task A_date_that_is_none_is_refused_by_name(string date)
    {
        var refused = await service.Http.GetAsync($"{HttpJson.Slots}?dateFrom={date}&dateTo={date}", token: null);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(["dateFrom", "dateTo"], refused.BadMembers.Order());
    }

    [Fact]
    public async Task A_query_value_given_twice_is_refused()
    {
        var refused = await service.Http.GetAsync($"{HttpJson.Slots}?dateFrom={Day(Today)}&dateFrom={Day(Today)}", token: null);

        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(["dateFrom"], refused.BadMembers);
    }

    [Theory]
    [InlineData("0001-01-01", "0001-01-01")]
    [InlineData("9999-12-31", "9999-12-31")]
    [InlineData("9999-12-31", "")]
    public async Task The_ends_of_the_calendar_are_days_like_others(string from, string to)
    {
        var answer = await service.Http.GetAsync($"{HttpJson.Slots}?dateFrom={from}&dateTo={to}", token: null);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Empty(Ids(answer));
    }

    [Theory]
    [InlineData("Bearer garbage")]
    [InlineData("Bearer")]
    [InlineData("Basic YTpi")]
    [InlineData("anything")]
    public async Task A_bad_authorization_header_changes_nothing(string authorization)
    {
        var slot = await service.SlotInAsync(24);

        var answer = await service.Http.GetAsync(HttpJson.Slots, null, ("Authorization", authorization));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal([slot], Ids(answer));
    }

    [Fact]
    public async Task Customers_and_admins_see_what_everybody_sees()
    {
        var slot = await service.SlotInAsync(24);

        Assert.Equal([slot], Ids(await service.Http.GetAsync(HttpJson.Slots, Tokens.Customer())));
        Assert.Equal([slot], Ids(await service.Http.GetAsync(HttpJson.Slots, Tokens.Admin())));
    }

    [Fact]
    public async Task An_unchanged_list_is_not_sent_again()
    {
        await service.SlotInAsync(24);
        var first = await service.Http.GetAsync(HttpJson.Slots, token: null);
        var tag = first.Header("ETag")!;
        Assert.Matches("^\"[^\"]+\"$", tag);
        Assert.Equal("no-cache", first.Header("Cache-Control"));

        var second = await service.Http.GetAsync(HttpJson.Slots, null, ("If-None-Match", tag));

        Assert.Equal(HttpStatusCode.NotModified, second.Status);
        Assert.Equal("", second.Text);
        Assert.Equal(tag, second.Header("ETag"));
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(HttpJson.Slots, null, ("If-None-Match", "\"another\""))).Status);
    }

    [Fact]
    public async Task A_changed_list_has_another_tag()
    {
        var slot = await service.SlotInAsync(24);
        var tag = (await service.Http.GetAsync(HttpJson.Slots, token: null)).Header("ETag")!;
        Assert.Equal(HttpStatusCode.Created, (await service.Http.BookAsync(slot)).Status);

        var after = await service.Http.GetAsync(HttpJson.Slots, null, ("If-None-Match", tag));

        Assert.Equal(HttpStatusCode.OK, after.Status);
        Assert.Empty(Ids(after));
        Assert.NotEqual(tag, after.Header("ETag"));
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static IEnumerable<long> Ids(Answer answer) => answer["items"].AsArray().Select(item => item!["id"]!.GetValue<long>());

    private Task<long> SlotAtAsync(int days, string time) =>
        service.SlotAsync(new DateTimeOffset(Today.AddDays(days), TimeOnly.ParseExact(time, "HH:mm", CultureInfo.InvariantCulture), TimeSpan.Zero));

    private Task<Answer> ListAsync(DateOnly from, DateOnly to) =>
        service.Http.GetAsync($"{HttpJson.Slots}?dateFrom={Day(from)}&dateTo={Day(to)}", token: null);
}
