using System.Diagnostics.Metrics;
using Consultation.Infrastructure.Telemetry;

namespace Consultation.Infrastructure.Outbox;

internal sealed class OutboxMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _dispatched;
    private readonly Counter<long> _errors;

    public OutboxMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(Metrics.MeterName);
        _dispatched = _meter.CreateCounter<long>("consultation.outbox.dispatched", "{job}", "Jobs that reached the notifications queue");
        _errors = _meter.CreateCounter<long>("consultation.outbox.dispatch_errors", "{try}", "Tries that did not bring a job to the notifications queue");
    }

    public void Dispatched(string job) => _dispatched.Add(1, Tag(job));

    public void Failed(string job) => _errors.Add(1, Tag(job));

    /// <summary>Gauges call back at every scrape, so what is given here answers from memory and never waits.</summary>
    public void Observe(Func<long> depth, Func<double> ageSeconds)
    {
        _meter.CreateObservableGauge("consultation.outbox.depth", depth, "{job}", "Jobs that have not reached the notifications queue");
        _meter.CreateObservableGauge("consultation.outbox.age", ageSeconds, "s", "How long the oldest of them has waited");
    }

    private static KeyValuePair<string, object?> Tag(string job) => new("notification", job); // "job" is the service's own name in Prometheus
}
