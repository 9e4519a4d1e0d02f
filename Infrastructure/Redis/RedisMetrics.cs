using System.Diagnostics.Metrics;
using Consultation.Infrastructure.Telemetry;

namespace Consultation.Infrastructure.Redis;

/// <summary>What operators ask about Redis, in figures.</summary>
internal sealed class RedisMetrics
{
    private readonly Counter<long> _failOpen;
    private readonly Counter<long> _failures;

    public RedisMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Metrics.MeterName);
        _failOpen = meter.CreateCounter<long>("consultation.redis.fail_open", "{request}", "Times a request went on without Redis");
        _failures = meter.CreateCounter<long>(
            "consultation.redis.failures", "{failure}", "Failures that opened the circuit breaker or kept it open, by reason: connection, timeout, refused, old_data, invalidation_pending");
    }

    public void FailOpen(int requests) => _failOpen.Add(requests);

    public void Failed(RedisFailure failure) => _failures.Add(1, new KeyValuePair<string, object?>("reason", failure.Kind));
}
