using System.Diagnostics;

namespace Consultation.Infrastructure.Redis;

/// <summary>
/// Whether Redis is in use. One failure opens the breaker, and then no request asks Redis until <see cref="RedisProbe"/> has seen it take a
/// write and has made up for what was missed. Every failure begins a new <see cref="FailureEpoch"/>: what Redis said before it is void.
/// </summary>
internal sealed class RedisCircuitBreaker(CircuitBreakerOptions options, RedisMetrics metrics)
{
    private readonly SemaphoreSlim _failed = new(0);
    private TaskCompletionSource _recovery = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RedisFailure _reason = new(RedisFailure.Connection, "not connected yet");
    private long _openSince = Stopwatch.GetTimestamp();
    private long _epoch;
    private long _recoveredEpoch = -1; // nothing that was said before the first recovery is trusted
    private long _skipped;

    /// <summary>How often Redis has failed this replica so far.</summary>
    public long FailureEpoch => Interlocked.Read(ref _epoch);

    public bool IsClosed => Interlocked.Read(ref _recoveredEpoch) == FailureEpoch;

    /// <summary>Why it is open: the failure that opened it, not those of the probe since.</summary>
    public RedisFailure Reason => Volatile.Read(ref _reason);

    public TimeSpan OpenFor => Stopwatch.GetElapsedTime(Volatile.Read(ref _openSince));

    public void Open(RedisFailure failure)
    {
        if (IsClosed)
        {
            Volatile.Write(ref _openSince, Stopwatch.GetTimestamp());
            Volatile.Write(ref _reason, failure);
        }
        Interlocked.Increment(ref _epoch);
        metrics.Failed(failure);
        if (_failed.CurrentCount == 0)
            _failed.Release();
    }

    /// <returns>False when Redis has failed since <paramref name="epoch"/>, and has to be recovered from once more.</returns>
    public bool Close(long epoch)
    {
        Interlocked.Exchange(ref _recoveredEpoch, epoch);
        if (!IsClosed)
            return false;
        Interlocked.Exchange(ref _recovery, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        return true;
    }

    /// <summary>Counts requests that go on without Redis.</summary>
    public void Skip(int requests)
    {
        Interlocked.Add(ref _skipped, requests);
        metrics.FailOpen(requests);
    }

    /// <summary>How many went on without Redis since this was asked last.</summary>
    public long TakeSkipped() => Interlocked.Exchange(ref _skipped, 0);

    /// <summary>Waits for the next failure, or for <paramref name="atMost"/>.</summary>
    public Task WaitForFailureAsync(TimeSpan atMost, CancellationToken cancellationToken) => _failed.WaitAsync(atMost, cancellationToken);

    /// <summary>
    /// After a failure: whether the recovery comes before <paramref name="atMost"/> has passed. A connection that broke is soon there again; an
    /// outage that has lasted for a call's timeout is waited for by nobody.
    /// </summary>
    public async Task<bool> WaitForRecoveryAsync(TimeSpan atMost)
    {
        var recovery = Volatile.Read(ref _recovery).Task;
        var left = options.Timeout - OpenFor;
        var wait = left < atMost ? left : atMost;
        return IsClosed || (wait > TimeSpan.Zero && await Task.WhenAny(recovery, Task.Delay(wait)) == recovery);
    }
}
