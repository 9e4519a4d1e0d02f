using System.Net;
using Consultation.Features;
using Consultation.Tests.Infrastructure.BullMq;
using Consultation.Tests.Support;
using Consultation.Tests.Support.Engines;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Consultation.Tests.Guarantees.Engines;

/// <summary>Cache, rate limits and queue on a Redis Cluster (contract 7, 8, 9), and a master that dies (guarantee 5).</summary>
[Collection(RealProcesses.Name)]
public sealed class RedisClusterTests(Service service, RedisCluster cluster, PublishedBuild build) : IClassFixture<Service>, IClassFixture<RedisCluster>, IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        await cluster.FlushAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_one_replica_has_read_the_other_serves_and_what_one_writes_the_other_shows()
    {
        await using Replica one = Start(), other = Start();
        var slot = await service.SlotInAsync(24);
        await UsesRedisAsync(one);
        await UsesRedisAsync(other);
        Assert.Equal([slot], (await one.Http.GetAsync(HttpJson.Slots, null)).Ids());

        using (var statements = new Statements(service.PostgresConnection))
        {
            Assert.Equal([slot], (await other.Http.GetAsync(HttpJson.Slots, null)).Ids());
            Assert.Empty(statements.All);
        }
        Assert.Equal(HttpStatusCode.Created, (await one.Http.BookAsync(slot)).Status);
        Assert.Empty((await other.Http.GetAsync(HttpJson.Slots, null)).Ids());
    }

    [Theory]
    [InlineData(HttpJson.Slots)] // counted on the way to the cache
    [InlineData(HttpJson.AdminSlots)]
    public async Task A_limit_is_exact_over_two_replicas(string route)
    {
        const int Limit = 30;
        (string, string?)[] limits = [("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", $"{Limit}"), ("CONSULTATION_ADMIN_RATE_LIMIT", $"{Limit}")];
        await using Replica one = Start(limits), other = Start(limits);
        await UsesRedisAsync(one);
        await UsesRedisAsync(other);
        var token = Tokens.AdminOf($"limited-{Guid.NewGuid():n}", Consultation.Features.Permission.All);

        var answers = await Task.WhenAll(Enumerable.Range(0, 2 * Limit).Select(index => (index % 2 == 0 ? one : other).Http.GetAsync(route, token)));

        Assert.Equal(Limit, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(Limit, answers.Count(answer => answer.Code == "RATE_LIMIT_EXCEEDED"));
    }

    [Fact]
    public async Task A_killed_master_delays_no_answer_and_leaves_nothing_stale()
    {
        const string ListVersion = CacheKeys.ListVersion;
        await RedisFailover.IsSurvivedAsync("Redis Cluster, master of the lists' version killed", service, build, cluster.ConnectionString, () => cluster.KillMasterOfAsync(ListVersion));
        await cluster.HealAsync();
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Stock_workers_take_each_job_once_also_across_a_killed_master(int major)
    {
        const int Bookings = 30;
        await service.ResetAsync();
        var queue = $"shop-{major}";
        await using var stock = await StockBullMq.StartOnClusterAsync(major, cluster.Ports, "{bull}", queue);
        await stock.CallAsync("work");
        await using var replica = Start(
            ("ConnectionStrings:NotificationsRedis", cluster.ConnectionString), ("CONSULTATION_NOTIFICATIONS_PREFIX", "{bull}"), ("CONSULTATION_NOTIFICATIONS_QUEUE", queue));
        var booked = 0;
        using var stop = new CancellationTokenSource();
        var booking = BookAsync(); // before, during and after
        await Eventually.Async("jobs are taken", Soon, async () => (await stock.ListAsync("taken")).Count > Bookings);

        var timeline = new Timeline($"Redis Cluster, BullMQ {major}, master of the queue killed");
        await await cluster.KillMasterOfAsync($"{{bull}}:{queue}:wait");
        timeline.Note("takeover");
        var before = booked;
        await Eventually.Async("bookings go on", Soon, () => Task.FromResult(booked >= before + Bookings));
        await stop.CancelAsync();
        await booking;
        await service.AllQueuedAsync(Soon);
        timeline.Note("all jobs queued");
        var expected = (await service.RowsAsync()).Select(row => row.DedupKey).Order().ToList();
        await Eventually.Async("all jobs are taken", Soon, async () => (await TakenAsync()).Select(job => job.DedupKey).Distinct().Count() >= expected.Count);
        timeline.Note("all jobs taken");
        timeline.Print();
        await cluster.HealAsync();

        // a worker whose answer was lost may take the same job again; another job for the same key would be ours
        Assert.Equal(expected, (await TakenAsync()).Distinct().Select(job => job.DedupKey).Order());

        async Task BookAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                await service.BookAsync(replica);
                booked++;
                await Task.Delay(TimeSpan.FromMilliseconds(5));
            }
        }

        async Task<IEnumerable<(string Id, string DedupKey)>> TakenAsync() =>
            (await stock.ListAsync("taken")).Select(job => ((string)job!["id"]!, (string)job["data"]!["dedupKey"]!));
    }

    [Fact]
    public async Task With_a_prefix_that_is_no_hash_tag_the_operator_is_told_what_to_change_and_rows_wait()
    {
        await using var replica = Start(("ConnectionStrings:NotificationsRedis", cluster.ConnectionString));
        await service.BookAsync(replica);
        await service.BookAsync(replica);

        await Eventually.Async("readiness says that notifications are degraded", Soon, async () =>
            (string?)(await replica.Http.GetAsync("/health/ready", null))["checks"]["notifications"] == "degraded");
        await Eventually.Async("the dispatcher has tried", Soon, async () => (await service.RowsAsync()).All(row => row.LastError is not null || row.Attempts > 0) || Told().Any());

        var said = Assert.Single(Told());
        Assert.Contains("{bull}", said, StringComparison.Ordinal);
        Assert.All(await service.RowsAsync(), row => Assert.Null(row.QueuedAt));
        Assert.Empty(replica.Log.Of(LogLevel.Error));

        IEnumerable<string> Told() => replica.Log.All.Where(line => line.Level >= LogLevel.Warning && line.Text.Contains("CONSULTATION_NOTIFICATIONS_PREFIX", StringComparison.Ordinal)).Select(line => line.Text);
    }

    private Replica Start(params (string Key, string? Value)[] settings) => new(service.Clock, new(),
    [
        ("ConnectionStrings:Postgres", service.PostgresConnection),
        ("ConnectionStrings:Redis", cluster.ConnectionString),
        ("ConnectionStrings:NotificationsRedis", service.RedisConnection),
        .. settings,
    ]);

    private static Task UsesRedisAsync(Replica replica) => Eventually.Async("Redis is in use", Soon, async () =>
        (await replica.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer())).Header("RateLimit-Limit") is not null);
}
