using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>The one connection of cache and rate limits. It connects, and connects again, in the background, and tells the breaker when it breaks.</summary>
internal sealed class RedisConnection(RedisOptions options, RedisCircuitBreaker breaker) : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    /// <summary>It also paces connecting again.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(200);

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
        var connection = await ConnectionMultiplexer.ConnectAsync(Configuration(options.ConnectionString));
        connection.ConnectionFailed += (_, failed) => breaker.Open(new(RedisFailure.Connection, failed.Exception?.Message ?? $"{failed.FailureType}"));
        return connection;
    }

    private static ConfigurationOptions Configuration(string connectionString)
    {
        var configuration = RedisAddress.Parse(connectionString);
        configuration.AbortOnConnectFail = false;
        configuration.ConnectTimeout = (int)ConnectTimeout.TotalMilliseconds;
        configuration.HeartbeatInterval = Heartbeat;
        configuration.ReconnectRetryPolicy = new LinearRetry((int)Heartbeat.TotalMilliseconds);
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.IncludeDetailInExceptions = false; // each failed probe would put a page of text together
        configuration.ClientName ??= "consultation";
        return configuration;
    }
}
