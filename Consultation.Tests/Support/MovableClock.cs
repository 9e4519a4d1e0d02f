namespace Consultation.Tests.Support;

/// <summary>The system's clock, moved by an offset; timers and elapsed time go on as ever.</summary>
internal sealed class MovableClock : TimeProvider
{
    private long _offset;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);

    public void Reset() => Interlocked.Exchange(ref _offset, 0);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _offset));
}
