using Consultation.Infrastructure.Configuration;

namespace Consultation.Infrastructure.Redis;

internal static class RedisSetup
{
    public static IServiceCollection AddRedis(this IServiceCollection services, ConfigurationReader configuration) => services
        .AddSingleton(RedisOptions.Read(configuration))
        .AddSingleton<CircuitBreakerOptions>()
        .AddSingleton<RedisMetrics>()
        .AddSingleton<RedisConnection>()
        .AddSingleton<RedisCircuitBreaker>()
        .AddSingleton<RedisClient>()
        .AddSingleton<RedisTrips>()
        .AddSingleton<RedisOutageLog>()
        .AddHostedService<RedisProbe>();

    /// <summary>A convention that stands on a room which is not registered would do nothing, and nobody would notice: so the start fails.</summary>
    public static T RequiredBy<T>(this EndpointBuilder endpoint, string convention, string registration) where T : notnull =>
        endpoint.ApplicationServices.GetService<T>()
            ?? throw new InvalidOperationException($"{endpoint.DisplayName} has the convention {convention}, which needs {registration} when services are registered.");
}
