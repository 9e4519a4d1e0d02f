using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Consultation.Infrastructure.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Consultation.Tests.Support;

/// <summary>The counters of one replica from here on, by name and tags: <c>consultation.cache.reads result=hit</c>.</summary>
internal sealed class Counted : IDisposable
{
    private readonly ConcurrentDictionary<string, long> sums = new();
    private readonly MeterListener listener = new();

    public Counted(Replica replica)
    {
        var meters = replica.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == Metrics.MeterName && instrument.Meter.Scope == meters)
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = instrument.Name;
            foreach (var (tag, tagged) in tags)
                name += $" {tag}={tagged}";
            sums.AddOrUpdate(name, value, (_, sum) => sum + value);
        });
        listener.Start();
    }

    public long this[string name] => sums.GetValueOrDefault(name);

    public override string ToString() => string.Join("; ", sums.OrderBy(sum => sum.Key).Select(sum => $"{sum.Key}: {sum.Value}"));

    public void Dispose() => listener.Dispose();
}
