using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.RateLimiting;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>What stands on Redis: the cache's generation and the limiter, over one link.</summary>
internal static class RedisSetup
{
    public static IServiceCollection AddRedis(this IServiceCollection services)
    {
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<RedisLink>(provider, (Func<IDatabase, Task<bool>>)Generation.Forget));
        services.AddHostedService(provider => provider.GetRequiredService<RedisLink>());
        services.AddSingleton<Generation>();
        services.AddSingleton<DoubtfulWrites>();
        services.AddHostedService(provider => provider.GetRequiredService<DoubtfulWrites>());
        services.AddSingleton<ResponseStore>();
        services.AddSingleton<RateLimiter>();
        return services;
    }
}
