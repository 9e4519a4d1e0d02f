using Consultation.Infrastructure.BullMq;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Outbox;
using Consultation.Infrastructure.Redis;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Consultation.Infrastructure.Health;

/// <summary>Unhealthy while PostgreSQL is away or refuses, or migrations are missing: requests could not be served. The log says why.</summary>
internal sealed class PostgresCheck(DatabaseProbe probe) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await probe.IsReadyAsync(cancellationToken) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy();
}

/// <summary>Redis away is degraded: everything is served, without cache and limits.</summary>
internal sealed class RedisCheck(RedisCircuitBreaker redis) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(redis.IsClosed ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded());
}

/// <summary>Degraded when the queue takes no jobs, or one has waited for longer than a hiccup.</summary>
internal sealed class NotificationsCheck(OutboxHealth outbox, BullMqQueue queue) : IHealthCheck
{
    /// <summary>Shorter than an orchestrator's: a queue that hangs must not make a replica look dead.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var asked = queue.TakesJobsAsync();
        var takesJobs = await Task.WhenAny(asked, Task.Delay(Timeout, cancellationToken)) == asked && await asked;
        return takesJobs && outbox.Age <= OutboxHealth.DegradedAfter ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded();
    }
}
