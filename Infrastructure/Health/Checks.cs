using Consultation.Infrastructure.BullMq;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Outbox;
using Consultation.Infrastructure.Redis;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Consultation.Infrastructure.Health;

/// <summary>Unhealthy while PostgreSQL is away or migrations are missing: no request could be served.</summary>
internal sealed class PostgresCheck(Postgres postgres) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var complete = await postgres.UseAsync(Migrator.IsComplete, cancellationToken);
            return complete ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Migrations are missing.");
        }
        catch (DatabaseUnavailableException)
        {
            return HealthCheckResult.Unhealthy("PostgreSQL cannot be reached.");
        }
    }
}

/// <summary>Redis away is degraded: everything is served, without cache and limits.</summary>
internal sealed class RedisCheck(RedisCircuitBreaker redis) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(redis.IsUp ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded());
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
