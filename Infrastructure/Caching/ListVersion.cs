using System.Diagnostics;
using System.Globalization;
using Consultation.Infrastructure.Coalescing;
using Consultation.Infrastructure.Redis;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Caching;

/// <summary>
/// A version of the cached lists as Redis named it, and how often Redis had failed this replica by then: what was kept before a failure belongs
/// to another version, whatever Redis says after it.
/// </summary>
internal sealed record AcceptedVersion(long FailureEpoch, long Value)
{
    public bool IsBefore(AcceptedVersion other) => (FailureEpoch, Value).CompareTo((other.FailureEpoch, other.Value)) < 0;
}

/// <summary>One request's question for the version, asked before it does anything else.</summary>
/// <param name="key">Of the version.</param>
/// <param name="timeToLive">In milliseconds.</param>
/// <param name="known">What the replica knew when it asked.</param>
internal sealed class ListVersionRead(string key, long timeToLive, AcceptedVersion known) : RedisOperation(ListVersion.Read, key, timeToLive)
{
    public AcceptedVersion Known => known;
}

/// <summary>
/// What makes a cached list valid. A reader takes the version before it queries, and what it keeps carries that version; a writer, after its
/// commit and before its answer, makes Redis forget it, and the next reader starts a new one. What a reader keeps whom a writer overtook carries
/// a version that no reader is given any more. A version is Redis's time in microseconds, so one that was lost is never handed out again, and
/// one lower than seen before betrays a Redis that came back with old data.
/// </summary>
internal sealed class ListVersion
{
    /// <summary>Reads the version or starts one. Its time to live is renewed only when half of it has passed, so that most trips write nothing.</summary>
    public static readonly RedisOperationKind Read = new("""
        local version = redis.pcall('get', key)
        if type(version) == 'string' and string.match(version, '^%d+$') then
            if redis.call('pttl', key) < tonumber(argument) / 2 then
                redis.call('pexpire', key, argument)
            end
        else
            local now = redis.call('time')
            version = now[1] .. string.rep('0', 6 - string.len(now[2])) .. now[2]
            redis.call('set', key, version, 'px', argument)
        end
        return version
        """);

    private const int MaxWrites = 10_000;

    /// <summary>Forgetting needs no memory, so it works on a Redis that is full. The time that it returns is before every version yet to come.</summary>
    private const string ForgetScript = """
        redis.call('del', KEYS[1])
        local now = redis.call('time')
        return now[1] .. string.rep('0', 6 - string.len(now[2])) .. now[2]
        """;

    private readonly RedisClient _redis;
    private readonly RedisCircuitBreaker _breaker;
    private readonly CircuitBreakerOptions _bounds;
    private readonly CacheOptions _options;
    private readonly CacheMetrics _metrics;
    private readonly Coalescer<long, bool> _invalidations;
    private AcceptedVersion _highest = new(0, 0);

    public ListVersion(RedisClient redis, RedisCircuitBreaker breaker, CircuitBreakerOptions bounds, CacheOptions options, CacheMetrics metrics)
    {
        (_redis, _breaker, _bounds, _options, _metrics) = (redis, breaker, bounds, options, metrics);
        _invalidations = new(ForgetAsync, MaxWrites);
    }

    /// <summary>The highest version that Redis has named since it last failed.</summary>
    private AcceptedVersion Known => Volatile.Read(ref _highest) is var known && known.FailureEpoch == _breaker.FailureEpoch ? known : new(_breaker.FailureEpoch, 0);

    public ListVersionRead NewRead() => new(_options.VersionKey, (long)_options.TimeToLive.TotalMilliseconds, Known);

    /// <summary>What is to be done after Redis has failed: whatever this replica could not tell it, or it has forgotten, nothing older is valid.</summary>
    public static Task ForgetAsync(IDatabase redis, string versionKey) => redis.KeyDeleteAsync(versionKey);

    /// <returns>The version to read and keep under, or null when Redis cannot be asked or has gone back in time.</returns>
    public AcceptedVersion? Accept(ListVersionRead read)
    {
        if (read.Reply is null)
            return null;
        var named = long.Parse((string)read.Reply!, CultureInfo.InvariantCulture);
        if (named == read.Known.Value)
            return read.Known;
        if (named < read.Known.Value)
        {
            _breaker.Open(new(RedisFailure.OldData, "it came back with data from before"));
            _metrics.StalePrevented(1);
            return null;
        }
        var higher = read.Known with { Value = named };
        Raise(higher);
        return higher;
    }

    /// <summary>
    /// Voids every list of every replica. If Redis cannot be told, this is pending: this replica does not use Redis again before the recovery
    /// has done it, and waits for that as long as it would for an answer.
    /// </summary>
    public async Task InvalidateAsync()
    {
        var asked = Stopwatch.GetTimestamp();
        var done = await _invalidations.RunAsync(asked);
        if (!done)
        {
            // a recovery that is under way may have come too early
            _breaker.Open(new(RedisFailure.InvalidationPending, "it could not be told of a write"));
            done = await _breaker.WaitForRecoveryAsync(_bounds.Timeout - Stopwatch.GetElapsedTime(asked));
        }
        _metrics.Invalidated(done);
    }

    /// <summary>
    /// Writes that have committed while Redis was being told of others are told together. It is tried whether or not the circuit breaker is closed:
    /// after an outage another replica may use Redis again before this one does, and it would show what this write has ended.
    /// </summary>
    private async Task<IReadOnlyList<bool>> ForgetAsync(IReadOnlyList<long> asked)
    {
        var known = Known;
        var (ok, now) = await _redis.AttemptAsync(redis => redis.ScriptEvaluateAsync(ForgetScript, [_options.VersionKey]), since: asked[0]);
        var results = new bool[asked.Count];
        if (!ok)
        {
            _breaker.Skip(asked.Count);
            return results;
        }
        // a version from before this moment can only come from a Redis that has gone back in time
        Raise(known with { Value = long.Parse((string)now!, CultureInfo.InvariantCulture) });
        Array.Fill(results, true);
        return results;
    }

    private void Raise(AcceptedVersion version)
    {
        while (Volatile.Read(ref _highest) is var seen && seen.IsBefore(version))
            if (Interlocked.CompareExchange(ref _highest, version, seen) == seen)
                return;
    }
}
