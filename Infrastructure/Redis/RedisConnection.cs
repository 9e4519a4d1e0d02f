using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>The one connection of cache and rate limits. It connects, and connects again, in the background, and tells the breaker when it breaks.</summary>
internal sealed class RedisConnection(RedisOptions options, RedisCircuitBreaker breaker) : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    /// <summary>It also paces connecting again.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(200);

    /// <summary>We make no call that blocks, but with <c>serviceName=</c> StackExchange.Redis asks every Sentinel for the master in such calls.</summary>
    private static readonly TimeSpan SentinelTimeout = TimeSpan.FromMilliseconds(250);

    /// <summary>Those calls, and its wait for the new master's connection, take that many threads of the pool at most: three Sentinels twice, and some.</summary>
    private const int ThreadsForSentinels = 12;

    private readonly Lazy<Task<ConnectionMultiplexer>> _connecting = new(() => ConnectAsync(options, breaker));

    public Task<ConnectionMultiplexer> Connected => _connecting.Value;

    /// <summary>Ends the connection, and with it its tries to connect again. A Redis that hangs must not keep the process, so nothing is waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_connecting is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await _connecting.Value.Result.CloseAsync(allowCommandsToComplete: false);
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(RedisOptions options, RedisCircuitBreaker breaker)
    {
        var configuration = Configuration(options.ConnectionString);
        if (configuration.ServiceName is not null)
            KeepThreadsForRequests();
        var connection = await ConnectionMultiplexer.ConnectAsync(configuration);
        connection.ConnectionFailed += (_, failed) => breaker.Open(new(RedisFailure.Connection, failed.Exception?.Message ?? $"{failed.FailureType}"));
        return connection;
    }

    /// <summary>The pool starts as many threads as there are cores at once and then one in half a second: blocked ones would hold all requests up.</summary>
    private static void KeepThreadsForRequests()
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, Environment.ProcessorCount + ThreadsForSentinels), completions);
    }

    private static ConfigurationOptions Configuration(string connectionString)
    {
        var configuration = RedisAddress.Parse(connectionString);
        configuration.AbortOnConnectFail = false;
        configuration.ConnectTimeout = (int)ConnectTimeout.TotalMilliseconds;
        configuration.SyncTimeout = (int)SentinelTimeout.TotalMilliseconds;
        configuration.HeartbeatInterval = Heartbeat;
        configuration.ReconnectRetryPolicy = new LinearRetry((int)Heartbeat.TotalMilliseconds);
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.IncludeDetailInExceptions = false; // each failed probe would put a page of text together
        configuration.ClientName ??= "consultation";
        return configuration;
    }
}
