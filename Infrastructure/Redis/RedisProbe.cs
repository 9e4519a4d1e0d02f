using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>What has to be done in Redis before it is used again after a failure, since nobody knows what was missed.</summary>
internal sealed record RedisRecovery(Func<IDatabase, Task> RunAsync);

/// <summary>
/// Asks Redis in the background whether it takes a write: twice a second while the breaker is closed, so that a failure is noticed by a
/// replica that nobody asks, and more often while it is open. Then it runs the recoveries and closes the breaker.
/// </summary>
internal sealed class RedisProbe(
    RedisClient client, RedisConnection connection, RedisCircuitBreaker breaker, RedisOutageLog log, CircuitBreakerOptions options, IEnumerable<RedisRecovery> recoveries)
    : BackgroundService
{
    private const int TriesAtStart = 10;
    private const string Key = "consultation:probe";

    /// <summary>
    /// A script, as the requests' own calls are, so that the first request finds that path warm; and a write, since a Redis that is full, and a
    /// replica, still answer reads.
    /// </summary>
    private const string Script = "return redis.call('set', KEYS[1], '1', 'px', ARGV[1])";

    private static readonly TimeSpan KeyLifetime = TimeSpan.FromSeconds(5);

    private RedisKey[]? _keys;

    /// <summary>Tries for about the time a connection takes, so that the first requests find Redis in use if it is there at all.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await connection.Connected.WaitAsync(cancellationToken);
        for (var tries = 0; tries < TriesAtStart && !await RecoverAsync(); tries++)
            await Task.Delay(options.ProbeIntervalOpen, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (breaker.IsClosed)
                await client.AttemptAsync(WriteAsync);
            if (!breaker.IsClosed)
            {
                log.IsAway();
                if (await RecoverAsync())
                    log.IsBack();
            }
            if (breaker.IsClosed)
                await breaker.WaitForFailureAsync(options.ProbeIntervalClosed, stoppingToken);
            else // our own failures are failures too, and must not wake us
                await Task.Delay(breaker.OpenFor < options.Timeout ? options.ProbeIntervalWaitedFor : options.ProbeIntervalOpen, stoppingToken);
        }
    }

    private async Task<bool> RecoverAsync()
    {
        var epoch = breaker.FailureEpoch;
        // sent together, so that a Redis too slow for us is told in time all the same
        var (probed, recovered) = (client.AttemptAsync(WriteAsync).AsTask(), client.AttemptAsync(RecoverAsync).AsTask());
        await Task.WhenAll(probed, recovered);
        return probed.Result.Ok && recovered.Result.Ok && breaker.Close(epoch);
    }

    /// <summary>A replica that has just started, and has found Redis at once, has missed nothing: what the others keep there is valid.</summary>
    private async Task<bool> RecoverAsync(IDatabase redis)
    {
        if (breaker.FailureEpoch > 0)
            await Task.WhenAll(recoveries.Select(recovery => recovery.RunAsync(redis)));
        return true;
    }

    private async Task<bool> WriteAsync(IDatabase redis)
    {
        _keys ??= Keys(redis.Multiplexer);
        await Task.WhenAll(_keys.Select(key => redis.ScriptEvaluateAsync(Script, [key], [(long)KeyLifetime.TotalMilliseconds])));
        return true;
    }

    /// <summary>One key on a single server; on a cluster one for each sixteenth of the hash slots, so that every master is asked.</summary>
    private static RedisKey[] Keys(IConnectionMultiplexer connection)
    {
        const int Parts = 16, HashSlots = 16384;
        if (connection.HashSlot(Key) < 0)
            return [Key];
        return [.. Enumerable.Range(0, int.MaxValue)
            .Select(number => (RedisKey)$"{Key}:{number}")
            .DistinctBy(key => connection.HashSlot(key) / (HashSlots / Parts))
            .Take(Parts)];
    }
}
