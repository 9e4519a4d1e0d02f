using Consultation.Infrastructure.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Consultation.Infrastructure.Health;

internal sealed record Liveness(HealthStatus Status);

/// <summary>The worst of the checks, or unhealthy while the service is stopping.</summary>
internal sealed record Readiness(HealthStatus Status, IReadOnlyDictionary<string, HealthStatus> Checks);

internal static class HealthEndpoints
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>Of the promised 30 s; what is still in flight then, of clients that never finish, is cut.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(20);

    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = ShutdownTimeout;
            host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore; // it is logged; one that fails must not take the others along
        });
        services.AddSingleton<GracefulShutdown>();
        services.AddHostedService(provider => provider.GetRequiredService<GracefulShutdown>());
        services.AddHealthChecks()
            .AddCheck<PostgresCheck>("postgres", timeout: Timeout)
            .AddCheck<RedisCheck>("redis", HealthStatus.Degraded, timeout: Timeout);
        return services;
    }

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").WithTags("Operations").AllowAnonymous().AnswersHead();
        health.MapGet("/live", () => TypedResults.Ok(new Liveness(HealthStatus.Healthy)))
            .WithName("live")
            .WithSummary("Whether the process runs")
            .Produces<Liveness>();
        health.MapGet("/ready", Ready)
            .WithName("ready")
            .WithSummary("Whether requests should be sent here")
            .Produces<Readiness>()
            .Produces<Readiness>(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> Ready(HealthCheckService health, GracefulShutdown lifecycle, CancellationToken cancellationToken)
    {
        var report = await health.CheckHealthAsync(cancellationToken);
        var status = lifecycle.IsStopping ? HealthStatus.Unhealthy : report.Status;
        return TypedResults.Json(
            new Readiness(status, report.Entries.ToDictionary(check => check.Key, check => check.Value.Status)),
            statusCode: status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }
}
