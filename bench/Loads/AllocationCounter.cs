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
        var often = new Dictionary<string, string> { ["EventCounterIntervalSec"] = "0.2" };
        var counters = new EventPipeProvider("System.Runtime", EventLevel.Informational, 0, often);
        _session = new DiagnosticsClient(processId).StartEventPipeSession([counters], requestRundown: false);
        _reader = Task.Run(Read);
    }

    internal static async Task<AllocationCounter> StartAsync(int processId, CancellationToken stop)
    {
        var counter = new AllocationCounter(processId);
        // What the first one tells may be from before.
        await counter.ToldAsync(stop);
        Interlocked.Exchange(ref counter._bytes, 0);
        return counter;
    }

    /// <summary>All since the start; what was allocated a moment ago is in it.</summary>
    internal async Task<double> BytesAsync(CancellationToken stop)
    {
        while (_told.Wait(0, CancellationToken.None))
        {
        }

        // The first may have been on its way already.
        await ToldAsync(stop);
        await ToldAsync(stop);
        return Volatile.Read(ref _bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await _session.StopAsync(CancellationToken.None);
        await _reader.WaitAsync(Bound);
        _session.Dispose();
        _told.Dispose();
    }

    private async Task ToldAsync(CancellationToken stop)
    {
        if (!await _told.WaitAsync(Bound, stop))
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
