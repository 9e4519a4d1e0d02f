using System.Diagnostics;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>
/// The way to Redis for whatever a request needs of it, made so that a dead Redis hurts nobody: a call ends within
/// <see cref="CircuitBreakerOptions.Timeout"/>, and none is made while the circuit breaker is open.
/// </summary>
internal sealed class RedisClient(RedisConnection connection, RedisCircuitBreaker breaker, CircuitBreakerOptions options)
{
    /// <param name="call">One call, or several that are sent together.</param>
    /// <param name="since">The timestamp from which its timeout counts; null is now.</param>
    /// <returns>Not ok when the breaker is open, or the call fails, which opens it: go on without Redis.</returns>
    public async ValueTask<(bool Ok, T? Value)> TryAsync<T>(Func<IDatabase, Task<T>> call, long? since = null)
    {
        if (!breaker.IsClosed)
            return default;
        return await AttemptAsync(call, since);
    }

    /// <summary>Makes a call whether or not the breaker is closed; for those who find out whether it may be.</summary>
    public async ValueTask<(bool Ok, T? Value)> AttemptAsync<T>(Func<IDatabase, Task<T>> call, long? since = null)
    {
        Task<T>? answer = null;
        try
        {
            var asked = since ?? Stopwatch.GetTimestamp();
            var redis = connection.Connected.IsCompletedSuccessfully ? connection.Connected.Result : await connection.Connected.WaitAsync(options.Timeout);
            answer = call(redis.GetDatabase());
            return (true, await InTimeAsync(answer, asked));
        }
        catch (Exception failure) when (RedisFailure.Is(failure))
        {
            _ = answer?.ContinueWith(static late => late.Exception, TaskScheduler.Default); // nobody waits for it any more, and it may still fail
            breaker.Open(RedisFailure.Of(failure));
            return default;
        }
    }

    private async Task<T> InTimeAsync<T>(Task<T> answer, long asked)
    {
        var left = options.Timeout - Stopwatch.GetElapsedTime(asked);
        var timeout = left > options.ShortestTimeout ? left : options.ShortestTimeout;
        var began = Stopwatch.GetTimestamp();
        try
        {
            return await answer.WaitAsync(timeout);
        }
        catch (TimeoutException) when (answer.IsCompleted || Stopwatch.GetElapsedTime(began) > timeout + options.TimerLateness)
        {
            // it is this process that is late (a burst on cold code, a machine that stood still), and what it has yet to read may have come long ago
            return await answer.WaitAsync(options.Timeout);
        }
    }
}
