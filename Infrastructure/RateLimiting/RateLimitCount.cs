using Consultation.Infrastructure.Redis;

namespace Consultation.Infrastructure.RateLimiting;

/// <summary>
/// One request being counted for its caller, across replicas, in a window that starts with the caller's first request. Requests of the same
/// caller that wait at the same moment are counted in one step, and each knows its own place.
/// </summary>
internal sealed class RateLimitCount(RateLimited endpoint, string caller) : RedisOperation(Increment, endpoint.KeyPrefix + caller, endpoint.WindowMilliseconds)
{
    /// <summary>A key that is no count is begun anew, and one without a time to live gets one, however it came to that.</summary>
    public static readonly RedisOperationKind Increment = new("""
        local count = redis.pcall('incrby', key, times)
        if type(count) == 'table' then
            redis.call('set', key, times, 'px', argument)
            count = times
        end
        local left = redis.call('pttl', key)
        if left < 0 then
            redis.call('pexpire', key, argument)
            left = argument
        end
        return {count, left}
        """);

    public RateLimited Endpoint => endpoint;

    /// <returns>How many requests the caller has made with this one, and milliseconds until the window ends; null when Redis cannot say.</returns>
    public (long Count, long MillisecondsLeft)? Result =>
        Reply is null ? null : ((long)Reply[0] - Followers, (long)Reply[1]);
}
