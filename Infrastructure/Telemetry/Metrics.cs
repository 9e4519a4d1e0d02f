using System.Diagnostics.Metrics;

namespace Consultation.Infrastructure.Telemetry;

/// <summary>What operators ask of the service, in figures. Tags are codes and names of ours, never anything a client sent.</summary>
internal sealed class Metrics
{
    public const string MeterName = "Consultation";

    private readonly Meter _meter;
    private readonly Counter<long> _cacheReads;
    private readonly Counter<long> _cacheEvictions;
    private readonly Counter<long> _stalePrevented;
    private readonly Counter<long> _limiterDecisions;
    private readonly Counter<long> _failOpen;

    public Metrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _cacheReads = _meter.CreateCounter<long>("consultation.cache.reads", "{request}", "Cached lists by result: hit, miss, shared (waited for another's query), bypass (Redis away)");
        _cacheEvictions = _meter.CreateCounter<long>("consultation.cache.evictions", "{write}", "Writes that moved the generation on, by result: done, owed");
        _stalePrevented = _meter.CreateCounter<long>("consultation.cache.stale_prevented", "{entry}", "Entries not served because something was written, they had expired, or Redis could not be trusted");
        _limiterDecisions = _meter.CreateCounter<long>("consultation.limiter.decisions", "{request}", "Rate limit decisions by policy: allowed, refused, open (Redis away)");
        _failOpen = _meter.CreateCounter<long>("consultation.redis.fail_open", "{request}", "Times a request went on without Redis");
        OutboxDispatched = _meter.CreateCounter<long>("consultation.outbox.dispatched", "{job}", "Jobs that reached the notifications queue");
        OutboxDispatchErrors = _meter.CreateCounter<long>("consultation.outbox.dispatch_errors", "{try}", "Tries that did not bring a job to the notifications queue");
    }

    public void CacheRead(string result) => _cacheReads.Add(1, new KeyValuePair<string, object?>("result", result));

    public void CacheEviction(bool done) => _cacheEvictions.Add(1, new KeyValuePair<string, object?>("result", done ? "done" : "owed"));

    public void StalePrevented(int entries) => _stalePrevented.Add(entries);

    public void LimiterDecision(string policy, string decision) =>
        _limiterDecisions.Add(1, new("policy", policy), new("decision", decision));

    public void FailOpen() => _failOpen.Add(1);

    public Counter<long> OutboxDispatched { get; }

    public Counter<long> OutboxDispatchErrors { get; }

    /// <summary>Gauges call back at every scrape, so what is given here answers from memory and never waits.</summary>
    public void ObserveOutbox(Func<long> depth, Func<double> ageSeconds)
    {
        _meter.CreateObservableGauge("consultation.outbox.depth", depth, "{job}", "Jobs that have not reached the notifications queue");
        _meter.CreateObservableGauge("consultation.outbox.age", ageSeconds, "s", "How long the oldest of them has waited");
    }
}
