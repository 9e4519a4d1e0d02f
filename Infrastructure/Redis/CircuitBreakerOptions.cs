namespace Consultation.Infrastructure.Redis;

/// <summary>The bounds of what Redis may cost. Nobody has had to change one, so they are no settings.</summary>
internal sealed record CircuitBreakerOptions
{
    /// <summary>
    /// How long a call may take, the time that it waits for the call before it included. A request makes two at most, one after the other, so
    /// Redis costs it less than the 250 ms of guarantee 5.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(110);

    /// <summary>What a call gets whose turn comes late, so that one that waited is not bound to fail.</summary>
    public TimeSpan ShortestTimeout { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>A timer that is later than this was kept from running: then it is this process that stood still, and the call gets its time again.</summary>
    public TimeSpan TimerLateness { get; init; } = TimeSpan.FromMilliseconds(30);

    public TimeSpan ProbeIntervalClosed { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan ProbeIntervalOpen { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Directly after a failure, while writes may wait for the recovery.</summary>
    public TimeSpan ProbeIntervalWaitedFor { get; init; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan IntervalBetweenWarnings { get; init; } = TimeSpan.FromSeconds(10);
}
