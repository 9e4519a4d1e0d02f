using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.RateLimiting;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>What stands on Redis: the cache's generation and the limiter, over one link.</summary>
internal static class RedisSetup
{
    public static IServiceCollection AddRedis(this IServiceCollection services, ConfigurationReader configuration, IEnumerable<RateLimitPolicy> policies)
    {
        services.AddSingleton(RedisOptions.Read(configuration));
        services.AddSingleton(CacheOptions.Read(configuration));
        services.AddSingleton(RateLimitOptions.Read(configuration, policies));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<RedisCircuitBreaker>(provider, (Func<IDatabase, Task<bool>>)ListVersion.Forget));
        services.AddHostedService(provider => provider.GetRequiredService<RedisCircuitBreaker>());
        services.AddSingleton<ListVersion>();
        services.AddSingleton<WritesOfUnknownOutcome>();
        services.AddHostedService(provider => provider.GetRequiredService<WritesOfUnknownOutcome>());
        services.AddSingleton<ResponseStore>();
        services.AddSingleton<RateLimiter>();
        return services;
    }
}
