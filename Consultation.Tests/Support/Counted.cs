using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Consultation.Infrastructure.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Consultation.Tests.Support;

/// <summary>
/// The counters of one replica from here on, by name and tags: <c>consultation.cache.reads result=hit</c>; and the server's own of the
/// requests that are under way.
/// </summary>
internal sealed class Counted : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _sums = new();
    private readonly MeterListener _listener = new();

    public Counted(Replica replica)
    {
        var meters = replica.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listening) =>
        {
            if ((instrument.Meter.Name == Metrics.MeterName || instrument.Name == "http.server.active_requests") && instrument.Meter.Scope == meters)
                listening.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = instrument.Name;
            foreach (var (tag, tagged) in tags)
                name += $" {tag}={tagged}";
            _sums.AddOrUpdate(name, value, (_, sum) => sum + value);
        });
        _listener.Start();
    }

    public long this[string name] => _sums.GetValueOrDefault(name);

    public override string ToString() => string.Join("; ", _sums.OrderBy(sum => sum.Key).Select(sum => $"{sum.Key}: {sum.Value}"));

    public void Dispose() => _listener.Dispose();
}
