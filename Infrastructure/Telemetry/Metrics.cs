using System.Diagnostics.Metrics;

namespace Consultation.Infrastructure.Telemetry;

/// <summary>What operators ask of the service, in figures. Tags are codes and names of ours, never anything a client sent.</summary>
internal sealed class Metrics
{
    public const string MeterName = "Consultation";

    private readonly Meter meter;
    private readonly Counter<long> bookings;
    private readonly Counter<long> cacheReads;
    private readonly Counter<long> cacheEvictions;
    private readonly Counter<long> stalePrevented;
    private readonly Counter<long> limiterDecisions;
    private readonly Counter<long> failOpen;

    public Metrics(IMeterFactory meters)
    {
        meter = meters.Create(MeterName);
        bookings = meter.CreateCounter<long>("consultation.bookings", "{request}", "Booking requests by outcome: booked, replayed, or the code of the refusal");
        cacheReads = meter.CreateCounter<long>("consultation.cache.reads", "{request}", "Cached lists by result: hit, miss, shared (waited for another's query), bypass (Redis away)");
        cacheEvictions = meter.CreateCounter<long>("consultation.cache.evictions", "{write}", "Writes that moved the generation on, by result: done, owed");
        stalePrevented = meter.CreateCounter<long>("consultation.cache.stale_prevented", "{entry}", "Entries not served because something was written, a slot had started, or Redis could not be trusted");
        limiterDecisions = meter.CreateCounter<long>("consultation.limiter.decisions", "{request}", "Rate limit decisions by policy: allowed, refused, open (Redis away)");
        failOpen = meter.CreateCounter<long>("consultation.redis.fail_open", "{request}", "Times a request went on without Redis");
        OutboxDispatched = meter.CreateCounter<long>("consultation.outbox.dispatched", "{job}", "Jobs that reached the notifications queue");
        OutboxDispatchErrors = meter.CreateCounter<long>("consultation.outbox.dispatch_errors", "{try}", "Tries that did not bring a job to the notifications queue");
    }

    public void Booking(string outcome) => bookings.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void CacheRead(string result) => cacheReads.Add(1, new KeyValuePair<string, object?>("result", result));

    public void CacheEviction(bool done) => cacheEvictions.Add(1, new KeyValuePair<string, object?>("result", done ? "done" : "owed"));

    public void StalePrevented(int entries) => stalePrevented.Add(entries);

    public void LimiterDecision(string policy, string decision) =>
        limiterDecisions.Add(1, new("policy", policy), new("decision", decision));

    public void FailOpen() => failOpen.Add(1);

    public Counter<long> OutboxDispatched { get; }

    public Counter<long> OutboxDispatchErrors { get; }

    /// <summary>Gauges call back at every scrape, so what is given here answers from memory and never waits.</summary>
    public void ObserveOutbox(Func<long> depth, Func<double> ageSeconds)
    {
        meter.CreateObservableGauge("consultation.outbox.depth", depth, "{job}", "Jobs that have not reached the notifications queue");
        meter.CreateObservableGauge("consultation.outbox.age", ageSeconds, "s", "How long the oldest of them has waited");
    }
}
