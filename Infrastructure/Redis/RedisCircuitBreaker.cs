using System.Diagnostics;
using Consultation.Infrastructure.Telemetry;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>
/// The cache's and the limiter's one way to Redis, made so that a dead Redis hurts nobody: a call waits <see cref="Timeout"/> at
/// most, and after a failure no request tries again until the watch in the background has seen Redis take a write and has run
/// <paramref name="recovery"/>. Every failure counts as a <see cref="FailureEpoch">loss</see>: what Redis said before one is void.
/// </summary>
internal sealed partial class RedisCircuitBreaker(RedisOptions options, Func<IDatabase, Task<bool>> recovery, Metrics metrics, ILogger<RedisCircuitBreaker> logger) : BackgroundService
{
    /// <summary>
    /// A request makes two calls at most, so Redis costs it less than the 250 ms of guarantee 5. Only when this process itself was
    /// kept from running is a call given as much again.
    /// </summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(120);

    /// <summary>A timer that is later than this was kept from running.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(30);

    private const string ProbeKey = "consultation:probe";
    private static readonly TimeSpan ProbeLifetime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PauseWhileUp = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PauseWhileDown = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseWhileWaitedFor = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseBetweenWarnings = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _lost = new(0);
    private readonly Lazy<Task<ConnectionMultiplexer>> _connection = new(() => ConnectionMultiplexer.ConnectAsync(Options(options.ConnectionString)));
    private TaskCompletionSource _recovery = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _downSince = Stopwatch.GetTimestamp();
    private long _losses;
    private long _recovered = -1; // nothing said before the first recovery is trusted
    private long _skipped;

    /// <summary>How often Redis has failed this replica so far.</summary>
    public long FailureEpoch => Interlocked.Read(ref _losses);

    public bool IsUp => Interlocked.Read(ref _recovered) == FailureEpoch;

    private TimeSpan DownFor => Stopwatch.GetElapsedTime(Volatile.Read(ref _downSince));

    /// <summary>Makes one call. Not ok when Redis is down, fails, or takes longer than <see cref="Timeout"/>: go on without it.</summary>
    public async ValueTask<(bool Ok, T? Value)> Try<T>(Func<IDatabase, Task<T>> call)
    {
        var result = IsUp ? await Attempt(call) : default;
        if (!result.Ok)
        {
            Interlocked.Increment(ref _skipped);
            metrics.FailOpen();
        }
        return result;
    }

    /// <summary>Says that Redis cannot be relied on: a call failed, or what it answered cannot be true.</summary>
    public void Lost()
    {
        if (IsUp)
            Volatile.Write(ref _downSince, Stopwatch.GetTimestamp());
        Interlocked.Increment(ref _losses);
        if (_lost.CurrentCount == 0)
            _lost.Release();
    }

    /// <summary>
    /// After a loss: whether the recovery that makes up for it comes before <paramref name="atMost"/> has passed. A connection that broke is
    /// soon there again; an outage that has lasted for <see cref="Timeout"/> is waited for by nobody.
    /// </summary>
    public async Task<bool> WaitForRecovery(TimeSpan atMost)
    {
        var recovery = Volatile.Read(ref _recovery).Task;
        var left = Timeout - DownFor;
        var wait = left < atMost ? left : atMost;
        return IsUp || (wait > TimeSpan.Zero && await Task.WhenAny(recovery, Task.Delay(wait)) == recovery);
    }

    /// <summary>Tries for about the time a connection takes, so that the first requests find Redis in use if it is there at all.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        (await _connection.Value.WaitAsync(cancellationToken)).ConnectionFailed += (_, _) => Lost();
        for (var tries = 0; tries < 10 && !await Recover(); tries++)
            await Task.Delay(PauseWhileDown, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var warned = false;
        long? lastWarning = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (IsUp)
                await Attempt(Probe);
            if (!IsUp)
            {
                if (!warned && (lastWarning is not { } last || Stopwatch.GetElapsedTime(last) > PauseBetweenWarnings))
                {
                    (warned, lastWarning) = (true, Stopwatch.GetTimestamp());
                    WentDown();
                }
                if (await Recover() && warned)
                {
                    warned = false;
                    CameUp(DownFor.TotalSeconds, Interlocked.Exchange(ref _skipped, 0));
                }
            }
            if (IsUp)
                await _lost.WaitAsync(PauseWhileUp, stoppingToken);
            else
                await Task.Delay(DownFor < Timeout ? PauseWhileWaitedFor : PauseWhileDown, stoppingToken); // our own failures are losses too, and must not wake us
        }
    }

    /// <summary>Ends the connection, and with it its tries to connect again.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_connection.Value.IsCompletedSuccessfully)
            await _connection.Value.Result.CloseAsync(allowCommandsToComplete: false); // a Redis that hangs would keep us
    }

    private async Task<bool> Recover()
    {
        var seen = FailureEpoch;
        // sent together, so that a Redis too slow for us is told in time all the same
        var (probe, recovered) = (Attempt(Probe), Attempt(recovery));
        await Task.WhenAll(probe, recovered);
        if (!probe.Result.Ok || !recovered.Result.Ok)
            return false;
        Interlocked.Exchange(ref _recovered, seen);
        if (!IsUp)
            return false; // what was lost since then asks for another round
        Interlocked.Exchange(ref _recovery, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        return true;
    }

    /// <summary>
    /// A write, since a Redis that is full, and a replica, still answer reads; by a script, as the limiter's calls are, so that the
    /// first request finds that path warm.
    /// </summary>
    private static Task<RedisResult> Probe(IDatabase redis) =>
        redis.ScriptEvaluateAsync("return redis.call('set', KEYS[1], '1', 'px', ARGV[1])", [ProbeKey], [(long)ProbeLifetime.TotalMilliseconds]);

    private async Task<(bool Ok, T? Value)> Attempt<T>(Func<IDatabase, Task<T>> call)
    {
        using var span = Activity.Current is null ? null : TelemetrySetup.Spans.StartActivity("redis", ActivityKind.Client); // the probes' own would be noise
        span?.SetTag("db.system.name", "redis");
        Task<T>? answer = null;
        try
        {
            var redis = _connection.Value.IsCompletedSuccessfully ? _connection.Value.Result : await _connection.Value.WaitAsync(Timeout);
            answer = call(redis.GetDatabase());
            return (true, await InTime(answer));
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            _ = answer?.ContinueWith(static late => late.Exception, TaskScheduler.Default); // nobody waits for it any more, and it may still fail
            span?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
            Lost();
            return default;
        }
    }

    private static async Task<T> InTime<T>(Task<T> answer)
    {
        var asked = Stopwatch.GetTimestamp();
        try
        {
            return await answer.WaitAsync(Timeout);
        }
        catch (TimeoutException) when (answer.IsCompleted || Stopwatch.GetElapsedTime(asked) > Timeout + Lateness)
        {
            // it is this process that is late (a burst on cold code, a machine that stood still), and what it has yet to read may have come long ago
            return await answer.WaitAsync(Timeout);
        }
    }

    private static ConfigurationOptions Options(string configuration)
    {
        var options = RedisAddress.Parse(configuration);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = (int)ConnectTimeout.TotalMilliseconds;
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(200); // it also paces reconnecting
        options.ReconnectRetryPolicy = new LinearRetry(200);
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.IncludeDetailInExceptions = false; // each failed probe would put a page of text together
        options.ClientName ??= "consultation";
        return options;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not answer; lists are not cached and requests not limited until it does")]
    private partial void WentDown();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis answers again after {Seconds:0.0} s; {Skipped} calls went on without it")]
    private partial void CameUp(double seconds, long skipped);
}
