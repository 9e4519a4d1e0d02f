using System.Diagnostics;
using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Guarantees.Engines;

/// <summary>
/// Guarantee 5 for a Redis that heals itself: two replicas under load while the master is killed and another takes its place. Every
/// answer comes in time throughout, Redis is in use again within 15 s, and no list is ever older than a write that was answered.
/// </summary>
internal static class RedisFailover
{
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    /// <summary>What Redis may add to a request at most.</summary>
    private static readonly TimeSpan Promise = TimeSpan.FromMilliseconds(250);

    /// <summary>What a noisy machine may add of its own accord.</summary>
    private static readonly TimeSpan Noise = TimeSpan.FromMilliseconds(300);

    public static async Task IsSurvivedAsync(string title, Service databases, PublishedBuild build, string redis, Func<Task<Task>> killMaster)
    {
        const int Replicas = 2;
        await databases.ResetAsync();
        var watched = new List<long>();
        for (var hours = 1; hours <= 8; hours++)
            watched.Add(await databases.SlotInAsync(48 + hours));
        var bookable = await databases.QueryAsync<long>(
            """
            insert into consultation_slot (date, start_time, end_time)
            select (start at time zone 'UTC')::date, start, start + interval '5 minutes'
            from generate_series(date_trunc('hour', now()) + interval '60 days', now() + interval '90 days', interval '5 minutes') start returning id
            """);
        var next = -1;

        var replicas = await Task.WhenAll(Enumerable.Range(0, Replicas).Select(_ => PublishedService.StartReadyAsync(
            build, databases.PostgresConnection, redis, ("ConnectionStrings:NotificationsRedis", databases.RedisConnection))));
        try
        {
            foreach (var replica in replicas)
                await Bounded.UntilAsync("Redis is in use", LongestWait, async () => IsCounted(await replica.Http.GetAsync(HttpJson.Slots, null)));
            HttpClient[] clients = [.. replicas.Select(replica => replica.Http)];

            await using var watch = new FreshnessWatch(clients, watched);
            await using var traffic = Traffic.Start(clients,
                ("list", http => http.GetAsync(HttpJson.Slots, null)),
                ("book", http => http.BookAsync(bookable[Interlocked.Increment(ref next)])),
                ("live", http => http.GetAsync("/health/live", null)),
                ("ready", http => http.GetAsync("/health/ready", null)));
            await traffic.UntilAsync("the replicas are warm", LongestWait, Replicas, 100, 0, exchange => exchange.Kind == "book");
            var warm = Stopwatch.GetTimestamp();
            await traffic.UntilAsync("it is known what is usual", LongestWait, Replicas, 50, warm, exchange => exchange.Kind == "book");

            var takeover = await killMaster();
            var timeline = new Timeline(title);
            await takeover;
            timeline.Note("takeover");
            await traffic.UntilAsync("Redis is in use again", Recovery - timeline.Elapsed, Replicas, 20, timeline.Origin,
                exchange => exchange.Kind == "list" && exchange.Began > timeline.Origin && IsCounted(exchange.Answer));
            var counted = traffic.All.Where(exchange => exchange.Kind == "list" && exchange.Began > timeline.Origin).OrderBy(exchange => exchange.Ended).ToList();
            await traffic.UntilAsync("lists are asked for in peace", LongestWait, Replicas, 50, Stopwatch.GetTimestamp(), exchange => exchange.Kind == "list");
            await watch.StopAsync();
            await traffic.StopAsync();

            var uncounted = counted.FindIndex(exchange => !IsCounted(exchange.Answer));
            if (uncounted >= 0)
            {
                timeline.Note("first answer without Redis", counted[uncounted].Ended);
                timeline.Note("last answer without Redis", counted.FindLast(exchange => !IsCounted(exchange.Answer))!.Ended);
            }
            timeline.Note(traffic.All);
            timeline.Print();

            Assert.All(traffic.All, exchange => Assert.True(exchange.Answer?.Message.IsSuccessStatusCode == true, exchange.ToString()));
            Assert.Empty(watch.Failures);
            Assert.True(watch.Writes > 50 && watch.Reads > 100, $"{watch.Writes} writes and {watch.Reads} lists prove little");
            var stale = watch.Stale();
            Assert.True(stale.Count == 0, $"{stale.Count} stale sights, the first {Stopwatch.GetElapsedTime(timeline.Origin, stale.FirstOrDefault().Began).TotalSeconds:0.00} s after the kill: {stale.FirstOrDefault().What}");
            foreach (var kind in traffic.All.GroupBy(exchange => exchange.Kind))
            {
                var usual = kind.Where(exchange => exchange.Began > warm && exchange.Ended < timeline.Origin).Max(exchange => exchange.Took);
                var late = kind.Where(exchange => exchange.Ended > timeline.Origin && exchange.Took > usual + Promise + Noise).ToList();
                Assert.True(late.Count == 0, $"{late.Count} of {kind.Key} were late (the slowest before: {usual.TotalSeconds:0.000} s), like {late.MaxBy(exchange => exchange.Took)}");
            }
        }
        finally
        {
            foreach (var replica in replicas)
                await replica.DisposeAsync();
        }
    }

    /// <summary>The request was counted in Redis.</summary>
    private static bool IsCounted(Answer? answer) => answer is { Status: HttpStatusCode.OK } && answer.Header("RateLimit-Limit") is not null;
}
