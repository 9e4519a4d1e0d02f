using System.Diagnostics;

namespace Consultation.Infrastructure.Redis;

/// <summary>Says once when Redis goes away and once when it is back, and not again at once when it comes and goes.</summary>
internal sealed partial class RedisOutageLog(RedisCircuitBreaker breaker, CircuitBreakerOptions options, ILogger<RedisOutageLog> logger)
{
    private bool _told;
    private long? _lastTold;

    /// <summary>To be called while the breaker is open.</summary>
    public void IsAway()
    {
        if (_told || (_lastTold is { } last && Stopwatch.GetElapsedTime(last) < options.IntervalBetweenWarnings))
            return;
        (_told, _lastTold) = (true, Stopwatch.GetTimestamp());
        var reason = breaker.Reason;
        WentAway(reason.Kind, reason.Detail);
    }

    /// <summary>To be called when it has closed.</summary>
    public void IsBack()
    {
        if (!_told)
            return;
        _told = false;
        CameBack(breaker.OpenFor.TotalSeconds, breaker.TakeSkipped());
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not answer ({Reason}: {Detail}); nothing is cached and no request limited until it does")]
    private partial void WentAway(string reason, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis answers again after {Seconds:0.0} s; {Skipped} calls went on without it")]
    private partial void CameBack(double seconds, long skipped);
}
