namespace Consultation.Infrastructure.Caching;

internal static class CachingSetup
{
    /// <summary>Stands on Redis and PostgreSQL, whose rooms have to be registered too.</summary>
    public static IServiceCollection AddCaching(this IServiceCollection services, CacheOptions options) => services
        .AddSingleton(options)
        .AddSingleton<CacheMetrics>()
        .AddSingleton(ListVersion.Read)
        .AddSingleton<ListVersion>()
        .AddSingleton(new Redis.RedisRecovery(redis => ListVersion.ForgetAsync(redis, options.VersionKey)))
        .AddSingleton<MemoryEntries>()
        .AddSingleton<RedisEntries>()
        .AddSingleton<ResponseCache>()
        .AddSingleton<WritesOfUnknownOutcome>()
        .AddHostedService(provider => provider.GetRequiredService<WritesOfUnknownOutcome>());
}
