namespace Consultation.Infrastructure.Outbox;

/// <summary>Whether the queue takes jobs, as those who send have found it; says once when it goes away and once when it is back.</summary>
internal sealed partial class QueueWatch(TimeProvider time, ILogger<QueueWatch> logger)
{
    private readonly Lock _gate = new();
    private long? _awaySince;

    public bool IsAway
    {
        get
        {
            lock (_gate)
                return _awaySince is not null;
        }
    }

    public void Failed(string error)
    {
        lock (_gate)
        {
            if (_awaySince is not null)
                return;
            _awaySince = time.GetTimestamp();
        }
        LogAway(error);
    }

    public void Back()
    {
        TimeSpan away;
        lock (_gate)
        {
            if (_awaySince is not { } since)
                return;
            (away, _awaySince) = (time.GetElapsedTime(since), null);
        }
        LogBack(away.TotalSeconds);
    }

    [LoggerMessage(LogLevel.Warning, "The notifications queue is away, jobs wait in the outbox: {Error}")]
    private partial void LogAway(string error);

    [LoggerMessage(LogLevel.Information, "The notifications queue is back after {Seconds:F1} s.")]
    private partial void LogBack(double seconds);
}
