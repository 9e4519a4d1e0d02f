using Consultation.Infrastructure.Database;
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
