using System.Diagnostics.Metrics;

namespace Consultation.Infrastructure.Telemetry;

/// <summary>What operators ask of the service, in figures. Tags are codes and names of ours, never anything a client sent.</summary>
internal sealed class Metrics
{
    public const string MeterName = "Consultation";

    private readonly Meter _meter;

    public Metrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        OutboxDispatched = _meter.CreateCounter<long>("consultation.outbox.dispatched", "{job}", "Jobs that reached the notifications queue");
        OutboxDispatchErrors = _meter.CreateCounter<long>("consultation.outbox.dispatch_errors", "{try}", "Tries that did not bring a job to the notifications queue");
    }

    public Counter<long> OutboxDispatched { get; }

    public Counter<long> OutboxDispatchErrors { get; }

    /// <summary>Gauges call back at every scrape, so what is given here answers from memory and never waits.</summary>
    public void ObserveOutbox(Func<long> depth, Func<double> ageSeconds)
    {
        _meter.CreateObservableGauge("consultation.outbox.depth", depth, "{job}", "Jobs that have not reached the notifications queue");
        _meter.CreateObservableGauge("consultation.outbox.age", ageSeconds, "s", "How long the oldest of them has waited");
    }
}
