using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Redis;

namespace Consultation.Infrastructure.RateLimiting;

/// <summary>How a caller stands with a policy after this request, and the lists' generation if it was asked for.</summary>
internal readonly record struct RateLimitResult(long Count, TimeSpan UntilReset, RequestListVersion? Generation);

/// <summary>
/// Counts in Redis, across replicas, in a window that starts with the caller's first request. The same round trip brings the
/// generation of the cached lists, so that a cached answer costs one small trip.
/// </summary>
internal sealed class RateLimiter(RedisCircuitBreaker link, ListVersion generation, RateLimitOptions limits, CacheOptions cache)
{
    private const string CountLua = """
        local count = redis.call('incr', KEYS[1])
        local left = redis.call('pttl', KEYS[1])
        if left < 0 then
            redis.call('pexpire', KEYS[1], ARGV[1])
            left = ARGV[1]
        end

        """;

    private const string CountScript = CountLua + "return {count, left}";
    private const string CountAndTakeScript = CountLua + ListVersion.TakeLua + "\nreturn {count, left, generation}";

    /// <returns>Null when Redis cannot say: the request goes on uncounted.</returns>
    public async ValueTask<RateLimitResult?> Count(RateLimitPolicy policy, string caller, bool takeGeneration)
    {
        var key = $"consultation:limit:{policy.Name}:{caller}";
        var window = (long)limits[policy].Window.TotalMilliseconds;
        var known = generation.Known;
        var (ok, result) = await link.Try(redis => takeGeneration
            ? redis.ScriptEvaluateAsync(CountAndTakeScript, [key, CacheKeys.ListVersion], [window, (long)cache.TimeToLive.TotalMilliseconds])
            : redis.ScriptEvaluateAsync(CountScript, [key], [window]));
        if (!ok)
            return null;
        return new RateLimitResult(
            (long)result![0],
            TimeSpan.FromMilliseconds((long)result[1]),
            takeGeneration ? generation.Accept((long)result[2], known) : null);
    }
}
