using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Infrastructure.Embedded;

public sealed class EmbeddedRedisTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The machine's redis-server, if it has one, and null: Garnet.</summary>
    public static TheoryData<string?> Servers => [.. new[] { Command.OnPath("redis-server"), null }.Distinct()];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Servers))]
    public async Task Data_survive_a_restart(string? server)
    {
        await using (var first = await StartAsync(server))
            await RunAsync(first, redis => redis.StringSetAsync("kept", 42));

        await using var second = await StartAsync(server);
        Assert.Equal(42, await RunAsync(second, redis => redis.StringGetAsync("kept")));
    }

    [Theory, MemberData(nameof(Servers))]
    public async Task After_a_kill_it_comes_back_on_its_port_with_its_data_or_with_none(string? server)
    {
        await using var redis = await StartAsync(server);
        await RunAsync(redis, each => each.StringSetAsync("kept", 42));
        var connectionString = redis.ConnectionString;

        await redis.KillAsync();
        Assert.Null(redis.ProcessId);
        await Assert.ThrowsAsync<RedisConnectionException>(() => RunAsync(redis, each => each.PingAsync()));

        await redis.StartAgainAsync(keepData: true);
        Assert.Equal(connectionString, redis.ConnectionString);
        Assert.Equal(42, await RunAsync(redis, each => each.StringGetAsync("kept")));

        await redis.KillAsync();
        await redis.StartAgainAsync(keepData: false);
        Assert.Equal(RedisValue.Null, await RunAsync(redis, each => each.StringGetAsync("kept")));
    }

    [Theory, MemberData(nameof(Servers))]
    public async Task A_second_start_on_a_folder_says_what_is_in_the_way(string? server)
    {
        await using var first = await StartAsync(server);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(server));

        Assert.StartsWith($"another Consultation is running on this folder: {_folder.Path}", refusal.Message, StringComparison.Ordinal);
        Assert.True(await RunAsync(first, redis => redis.StringSetAsync("still", "here")));
    }

    [Theory, MemberData(nameof(Servers))]
    public async Task Scripts_run(string? server)
    {
        await using var redis = await StartAsync(server);

        var answer = await RunAsync(redis, each => each.ScriptEvaluateAsync(
            "redis.call('incr', KEYS[1]) redis.call('pexpire', KEYS[1], ARGV[1]) return redis.call('incr', KEYS[1])", ["counter"], [60_000]));

        Assert.Equal(2, (int)answer);
    }

    private Task<EmbeddedRedis> StartAsync(string? server) =>
        EmbeddedRedis.StartAsync(_folder.Path, server, TestContext.Current.CancellationToken);

    private static async Task<T> RunAsync<T>(EmbeddedRedis redis, Func<IDatabase, Task<T>> use)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString + ",connectTimeout=2000");
        return await use(connection.GetDatabase());
    }
}
