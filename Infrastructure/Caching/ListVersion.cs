using System.Diagnostics;
using Consultation.Infrastructure.Redis;
using Consultation.Infrastructure.Telemetry;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Caching;

/// <summary>
/// The generation of the cached lists as a request found it before it did anything else, and how often Redis had failed this
/// replica by then: what was kept before a failure belongs to another generation, whatever Redis says after it.
/// </summary>
internal sealed record RequestListVersion(long FailureEpoch, long Value)
{
    public bool IsBefore(RequestListVersion other) => (FailureEpoch, Value).CompareTo((other.FailureEpoch, other.Value)) < 0;
}

/// <summary>
/// What makes a cached list valid. A reader takes the generation before it queries and stores under it; a writer, after its commit
/// and before its answer, makes Redis forget it, and the next reader starts a new one. A reader that raced the writer has stored
/// where nobody looks any more. A generation is Redis's time in microseconds, so one that was lost is never handed out again, and
/// one lower than seen before betrays a Redis that came back with old data.
/// </summary>
internal sealed class ListVersion(RedisCircuitBreaker link, Metrics metrics)
{
    /// <summary>
    /// Lua, to be run with the key of the generation in <c>KEYS[2]</c> and its time to live in milliseconds in <c>ARGV[2]</c>:
    /// reads the generation or starts one. Only text is put together, since number formats differ between Lua versions.
    /// </summary>
    public const string TakeLua = """
        local generation = redis.call('get', KEYS[2])
        if generation and tonumber(generation) then
            redis.call('pexpire', KEYS[2], ARGV[2])
        else
            local now = redis.call('time')
            generation = now[1] .. string.rep('0', 6 - string.len(now[2])) .. now[2]
            redis.call('set', KEYS[2], generation, 'px', ARGV[2])
        end
        """;

    private RequestListVersion _highest = new(0, 0);

    /// <summary>The highest generation that Redis has named since it last failed; to be taken before a call and given to <see cref="Accept"/>.</summary>
    public RequestListVersion Known => Volatile.Read(ref _highest) is var known && known.FailureEpoch == link.FailureEpoch ? known : new(link.FailureEpoch, 0);

    /// <summary>Forgetting needs no memory, so it works on a Redis that is full.</summary>
    public static Task<bool> Forget(IDatabase redis) => redis.KeyDeleteAsync(CacheKeys.ListVersion);

    /// <returns>The generation to read and store under, or null when Redis has gone back in time.</returns>
    public RequestListVersion? Accept(long named, RequestListVersion known)
    {
        if (named == known.Value)
            return known;
        if (named < known.Value)
        {
            link.Lost();
            metrics.StalePrevented(1);
            return null;
        }
        var higher = known with { Value = named };
        Volatile.Write(ref _highest, higher);
        return higher;
    }

    /// <summary>
    /// Voids every list of every replica. If Redis cannot be told, this replica owes it: it does not use Redis again before
    /// <see cref="RedisCircuitBreaker"/> has made up for it, and waits for that as long as it would for an answer.
    /// </summary>
    public async Task Invalidate()
    {
        var asked = Stopwatch.GetTimestamp();
        var (done, _) = await link.Try(Forget);
        if (!done)
        {
            link.Lost(); // also when the call was not even tried: a recovery that is under way may have come too early
            done = await link.WaitForRecovery(RedisCircuitBreaker.Timeout - Stopwatch.GetElapsedTime(asked));
        }
        metrics.CacheEviction(done);
    }
}
