using System.Diagnostics.Metrics;
using Consultation.Infrastructure.Telemetry;

namespace Consultation.Infrastructure.RateLimiting;

/// <summary>What operators ask about rate limits, in figures.</summary>
internal sealed class RateLimitMetrics
{
    private readonly Counter<long> _decisions;

    public RateLimitMetrics(IMeterFactory meters) =>
        _decisions = meters.Create(Metrics.MeterName).CreateCounter<long>(
            "consultation.limiter.decisions", "{request}", "Rate limit decisions by policy: allowed, refused, open (Redis away)");

    public void Decided(string policy, string decision) => _decisions.Add(1, new("policy", policy), new("decision", decision));
}
