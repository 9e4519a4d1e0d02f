using System.Diagnostics;
using System.Net;
using Consultation.Tests.Support;
using Consultation.Tests.Support.Engines;
using Xunit;

namespace Consultation.Tests.Guarantees.Engines;

/// <summary>
/// Guarantee 6 with a synchronous standby and both hosts in the connection string: the primary is lost under load and the standby promoted.
/// No acknowledged booking is lost, all is answered in time, 503 in between, and bookings are made again within 10 s, without a restart.
/// </summary>
[Collection(RealProcesses.Name)]
public sealed class PostgresPromotionTests(TestServers servers, PublishedBuild build)
{
    private const int Replicas = 2;
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Answered = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("killed", false)]
    [InlineData("frozen", false)]
    [InlineData("killed", true)]
    public async Task A_promoted_standby_has_all_that_was_acknowledged_and_takes_bookings_within_ten_seconds(string fault, bool standbyFirst)
    {
        await using var pair = await PostgresPair.StartAsync();
        var redis = servers.NewRedis();
        var replicas = await Task.WhenAll(Enumerable.Range(0, Replicas).Select(_ => PublishedService.StartAsync(build, pair.ConnectionString(standbyFirst), redis)));
        try
        {
            await Task.WhenAll(replicas.Select(replica => replica.ReadyAsync(Recovery)));
            var slots = await pair.Primary.SlotsAsync(8_000, daysFromNow: 1);
            var next = -1;
            await using var traffic = Traffic.Start(replicas.Select(replica => replica.Http),
                ("book", Book), ("book too", Book),
                ("read", http => http.GetAsync($"{HttpJson.AdminSlots}/{slots[0]}", Tokens.Admin())),
                ("live", http => http.GetAsync("/health/live", null)));
            await traffic.UntilAsync("bookings are made", LongestWait, Replicas, 50, 0, IsBooked);
            var warm = Stopwatch.GetTimestamp();
            await traffic.UntilAsync("bookings go on", LongestWait, Replicas, 20, warm, IsBooked);

            if (fault == "killed")
                await pair.Primary.Process.KillAsync();
            else
                pair.Primary.Process.Freeze();
            var timeline = new Timeline($"Synchronous standby{(standbyFirst ? ", named first" : "")}, primary {fault}");
            await traffic.UntilAsync("both replicas say that they cannot", LongestWait, Replicas, 1, 0, exchange => exchange.Status == HttpStatusCode.ServiceUnavailable);
            await pair.PromoteAsync();
            var promoted = Stopwatch.GetTimestamp();
            timeline.Note("promoted", promoted);
            try
            {
                await traffic.UntilAsync("bookings are made again", Recovery, Replicas, 1, promoted, IsBooked);
                await traffic.UntilAsync("they go on being made", Recovery, Replicas, 50, promoted, IsBooked);
            }
            finally
            {
                await traffic.StopAsync();
                timeline.Note(traffic.All);
                timeline.Print();
            }

            Assert.DoesNotContain(traffic.All, exchange => exchange.Answer is not { Message.IsSuccessStatusCode: true } and not { Code: "SERVICE_UNAVAILABLE" });
            Assert.DoesNotContain(traffic.All, exchange => exchange.Began > warm && exchange.Took > (exchange.Kind == "live" ? TimeSpan.FromSeconds(1) : Answered));
            Assert.DoesNotContain(traffic.All, exchange => exchange.Kind == "live" && exchange.Status != HttpStatusCode.OK);
            var acknowledged = traffic.All.Where(IsBooked).Select(exchange => (long)exchange.Answer!["id"]).ToList();
            Assert.Empty(acknowledged.Except(await pair.Standby.QueryAsync<long>("select id from consultation_booking")));
            Assert.Empty(acknowledged.Except(await pair.Standby.QueryAsync<long>("select booking_id from notification_outbox")));

            Task<Answer> Book(HttpClient http) => http.BookAsync(slots[Interlocked.Increment(ref next)]);
        }
        finally
        {
            foreach (var replica in replicas)
                await replica.DisposeAsync();
        }
    }

    private static bool IsBooked(Exchange exchange) => exchange.Status == HttpStatusCode.Created;
}
