using System.Globalization;
using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.ListSlots;

/// <summary>The shop is in Kathmandu, at +05:45: its day begins at 18:15 of the day before in UTC.</summary>
public sealed class ListSlotsShopDayTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly TimeSpan Offset = new(5, 45, 0);

    private Replica _shop = null!;

    /// <summary>At 20:00 UTC, where the shop's day has begun and UTC's has not.</summary>
    private DateOnly _today;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        var evening = new DateTimeOffset(DateOnly.FromDateTime(DateTime.UtcNow).AddDays(1), new TimeOnly(20, 0), TimeSpan.Zero);
        service.Clock.Advance(evening - service.Clock.GetUtcNow());
        _today = DateOnly.FromDateTime(evening.ToOffset(Offset).DateTime);
        _shop = service.StartReplica(("CONSULTATION_TIME_ZONE", "Asia/Kathmandu"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_slot_belongs_to_the_day_of_its_start_in_the_shops_zone()
    {
        var lateOnTheDayBefore = await CreateAsync(9, "23:59");
        var earlyOnTheDay = await CreateAsync(10, "00:00");
        var lateOnTheDay = await CreateAsync(10, "23:59");

        var list = await ListAsync($"?dateFrom={Day(10)}&dateTo={Day(10)}");

        Assert.Equal([earlyOnTheDay, lateOnTheDay], Ids(list));
        Assert.All(list["items"].AsArray(), item => Assert.Equal(Day(10), item!["date"]!.GetValue<string>()));
        Assert.Equal([lateOnTheDayBefore], Ids(await ListAsync($"?dateFrom={Day(9)}&dateTo={Day(9)}")));
    }

    [Fact]
    public async Task Times_are_in_utc_nevertheless()
    {
        await CreateAsync(10, "00:00");

        var list = await ListAsync("");

        Assert.Equal($"{Day(9)}T18:15:00Z", list["items"][0]!["startTime"]!.GetValue<string>());
    }

    [Fact]
    public async Task Today_is_the_shops_day()
    {
        Assert.Equal(HttpStatusCode.OK, (await ListAsync($"?dateTo={Day(0)}")).Status);
        Assert.Equal("VALIDATION_FAILED", (await ListAsync($"?dateTo={Day(-1)}")).Code);
    }

    [Fact]
    public async Task The_default_end_counts_from_the_shops_day()
    {
        var last = await CreateAsync(30, "23:59");
        await CreateAsync(31, "00:00");

        Assert.Equal([last], Ids(await ListAsync("")));
    }

    [Fact]
    public async Task A_booking_says_the_shops_day_too()
    {
        var slot = await CreateAsync(10, "00:00");

        var booking = await _shop.Http.BookAsync(slot);

        Assert.Equal(Day(10), booking["slot"]["date"]!.GetValue<string>());
    }

    private static IEnumerable<long> Ids(Answer answer) => answer["items"].AsArray().Select(item => item!["id"]!.GetValue<long>());

    private string Day(int days) => _today.AddDays(days).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private Task<Answer> ListAsync(string query) => _shop.Http.GetAsync(HttpJson.Slots + query, token: null);

    private async Task<long> CreateAsync(int days, string time)
    {
        var start = new DateTimeOffset(_today.AddDays(days), TimeOnly.ParseExact(time, "HH:mm", CultureInfo.InvariantCulture), Offset);
        var created = await _shop.Http.PostAsync(HttpJson.AdminSlots, new { startTime = start, endTime = start.AddMinutes(30) }, Tokens.Admin());
        Assert.Equal(HttpStatusCode.Created, created.Status);
        return created["id"].GetValue<long>();
    }
}
