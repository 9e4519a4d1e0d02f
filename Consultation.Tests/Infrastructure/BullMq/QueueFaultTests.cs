using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Infrastructure.BullMq;

/// <summary>
/// A Redis that loses or refuses jobs until somebody changes it: one line says what to change, and readiness is degraded until then.
/// </summary>
public sealed class QueueFaultTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_redis_that_may_evict_jobs_is_named_and_degrades_readiness_until_it_is_changed()
    {
        await using var redis = await QueueRedis.StartAsync();
        await redis.Keys.ExecuteAsync("config", "set", "maxmemory-policy", "allkeys-lru");
        await using var replica = service.StartReplica(redis.Setting);

        await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);
        Assert.Equal("degraded", await ReadinessAsync(replica));
        Assert.Single(replica.OutboxSaid(LogLevel.Warning), line => line.Contains("set maxmemory-policy to noeviction", StringComparison.Ordinal));

        await redis.Keys.ExecuteAsync("config", "set", "maxmemory-policy", "noeviction");
        Assert.Equal("healthy", await ReadinessAsync(replica));
    }

    [Fact]
    public async Task On_a_cluster_without_a_hash_tag_rows_wait_and_say_what_to_change()
    {
        await using var cluster = await StartClusterAsync();
        await using var replica = service.StartReplica(("ConnectionStrings:NotificationsRedis", cluster.ConnectionString));
        await service.BookAsync(replica);

        await Eventually.Async("it was tried", Soon, async () => (await service.RowsAsync())[0].Attempts > 0);
        Assert.Contains("no hash tag like {bull}", (await service.RowsAsync())[0].LastError, StringComparison.Ordinal);
        Assert.Equal("degraded", await ReadinessAsync(replica));
        Assert.Empty(replica.OutboxSaid(LogLevel.Error));
        Assert.Single(replica.OutboxSaid(LogLevel.Warning), line => line.StartsWith("The notifications queue's Redis is a cluster", StringComparison.Ordinal));

        await using var right = service.StartReplica(
            ("ConnectionStrings:NotificationsRedis", cluster.ConnectionString), ("CONSULTATION_NOTIFICATIONS_PREFIX", "{bull}"));
        await service.BookAsync(right);
        await service.AllQueuedAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("healthy", await ReadinessAsync(right));
    }

    private static async Task<string> ReadinessAsync(Replica replica) =>
        (string)(await replica.Http.GetAsync("/health/ready", token: null))["checks"]["notifications"]!;

    /// <summary>One server that has all slots is a cluster to its clients.</summary>
    private async Task<EmbeddedRedis> StartClusterAsync()
    {
        var server = await EmbeddedRedis.StartAsync(_folder.Path, CancellationToken.None, "--cluster-enabled", "yes");
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true,abortConnect=false");
        var redis = connection.GetServers()[0];
        await redis.ExecuteAsync("cluster", "addslotsrange", "0", "16383");
        await Eventually.Async("the cluster is up", Soon, async () => ((string?)await redis.ExecuteAsync("cluster", "info"))!.Contains("cluster_state:ok", StringComparison.Ordinal));
        return server;
    }
}
