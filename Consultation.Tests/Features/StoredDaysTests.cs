using System.Net;
using Consultation.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Consultation.Tests.Features;

/// <summary>The day of a slot is the day of its start in the shop's zone, also after the zone was changed.</summary>
public sealed class StoredDaysTests(Service service) : IClassFixture<Service>
{
    private const string Line = "The days of the slots are counted in";

    [Fact]
    public async Task A_start_with_another_zone_rewrites_the_days_before_the_replica_is_ready_and_says_so_once()
    {
        await service.ResetAsync();
        await StartAsync("UTC");
        // 20:00 in UTC is the next day in Kathmandu, 10:00 is the same; and one on either side of a change of the clock in New York
        var late = await service.SlotAsync(new(2030, 1, 10, 20, 0, 0, TimeSpan.Zero));
        var early = await service.SlotAsync(new(2030, 1, 10, 10, 0, 0, TimeSpan.Zero));
        var winter = await service.SlotAsync(new(2030, 3, 10, 4, 30, 0, TimeSpan.Zero));
        var summer = await service.SlotAsync(new(2030, 3, 11, 4, 30, 0, TimeSpan.Zero));

        var kathmandu = await StartAsync("Asia/Kathmandu");
        Assert.Equal(["2030-01-11", "2030-01-10", "2030-03-10", "2030-03-11"], await DaysAsync(late, early, winter, summer));
        Assert.Contains("counted in Asia/Kathmandu from now on, before in UTC: 1 rewritten", Assert.Single(Lines(kathmandu)), StringComparison.Ordinal);

        var newYork = await StartAsync("America/New_York");
        Assert.Equal(["2030-01-10", "2030-01-10", "2030-03-09", "2030-03-11"], await DaysAsync(late, early, winter, summer));
        Assert.Contains("2 rewritten", Assert.Single(Lines(newYork)), StringComparison.Ordinal);

        Assert.Empty(Lines(await StartAsync("America/New_York")));
    }

    [Fact]
    public async Task One_instant_is_never_on_sale_twice_whatever_the_zone_was()
    {
        await service.ResetAsync();
        var start = new DateTimeOffset(2030, 1, 10, 20, 0, 0, TimeSpan.Zero);
        foreach (var zone in new[] { "UTC", "Asia/Kathmandu" })
        {
            var replica = await StartAsync(zone);
            var answer = await replica.Http.PostAsync(HttpJson.AdminSlots, new { startTime = start, endTime = start.AddMinutes(30) }, Tokens.Admin());
            Assert.Equal(zone == "UTC" ? HttpStatusCode.Created : HttpStatusCode.Conflict, answer.Status);
        }
    }

    [Fact]
    public async Task Slots_that_already_share_a_start_keep_their_days_apart()
    {
        await service.ResetAsync();
        await StartAsync("UTC");
        await service.ExecuteAsync(
            """
            insert into consultation_slot (date, start_time, end_time) values
                ('2030-01-10', '2030-01-10T20:00Z', '2030-01-10T21:00Z'), ('2030-01-12', '2030-01-10T20:00Z', '2030-01-10T21:00Z')
            """);

        var line = Assert.Single(Lines(await StartAsync("Asia/Kathmandu")));

        Assert.Contains("1 rewritten, 1 kept", line, StringComparison.Ordinal);
        Assert.Equal(["2030-01-11", "2030-01-12"], await service.QueryAsync<string>("select date::text from consultation_slot order by date"));
    }

    private async Task<Replica> StartAsync(string zone)
    {
        var replica = service.StartReplica(("CONSULTATION_TIME_ZONE", zone));
        await Eventually.Async("ready", TimeSpan.FromSeconds(20), async () => (await replica.Http.GetAsync("/health/ready", token: null)).Status == HttpStatusCode.OK);
        return replica;
    }

    private static IEnumerable<string> Lines(Replica replica) =>
        replica.Log.Of(LogLevel.Warning).Where(line => line.StartsWith(Line, StringComparison.Ordinal));

    private async Task<IEnumerable<string>> DaysAsync(params long[] slots) =>
        await service.QueryAsync<string>("select date::text from consultation_slot where id = any(@slots) order by array_position(@slots, id)", new { slots });
}
