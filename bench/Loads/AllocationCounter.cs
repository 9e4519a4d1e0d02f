using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Consultation.Bench.Loads;

/// <summary>Bytes that another .NET process allocates, as its runtime's counters tell over the diagnostics socket.</summary>
internal sealed class AllocationCounter : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    private readonly EventPipeSession _session;
    private readonly Task _reader;
    private readonly SemaphoreSlim _told = new(0);
    private double _bytes;

    private AllocationCounter(int processId)
    {
        var counters = new EventPipeProvider("System.Runtime", EventLevel.Informational, 0, new Dictionary<string, string> { ["EventCounterIntervalSec"] = "0.2" });
        _session = new DiagnosticsClient(processId).StartEventPipeSession([counters], requestRundown: false);
        _reader = Task.Run(Read);
    }

    internal static async Task<AllocationCounter> StartAsync(int processId, CancellationToken cancellationToken)
    {
        var counter = new AllocationCounter(processId);
        // What the first one tells may be from before.
        await counter.ToldAsync(cancellationToken);
        Interlocked.Exchange(ref counter._bytes, 0);
        return counter;
    }

    /// <summary>All since the start; what was allocated a moment ago is in it.</summary>
    internal async Task<double> BytesAsync(CancellationToken cancellationToken)
    {
        while (_told.Wait(0, CancellationToken.None))
        {
        }

        // The first may have been on its way already.
        await ToldAsync(cancellationToken);
        await ToldAsync(cancellationToken);
        return Volatile.Read(ref _bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await _session.StopAsync(CancellationToken.None);
        await _reader.WaitAsync(Bound);
        _session.Dispose();
        _told.Dispose();
    }

    private async Task ToldAsync(CancellationToken cancellationToken)
    {
        if (!await _told.WaitAsync(Bound, cancellationToken))
            throw new TimeoutException("The process does not tell what it allocates.");
    }

    private void Read()
    {
        using var source = new EventPipeEventSource(_session.EventStream);
        source.Dynamic.All += told =>
        {
            if (told.EventName != "EventCounters" || told.PayloadValue(0) is not IDictionary<string, object> outer
                || outer["Payload"] is not IDictionary<string, object> counter || counter["Name"] is not "alloc-rate")
                return;
            _bytes += Convert.ToDouble(counter["Increment"], System.Globalization.CultureInfo.InvariantCulture);
            _told.Release();
        };
        source.Process();
    }
}
