using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Redis;

namespace Consultation.Infrastructure.RateLimiting;

internal static class RateLimitingSetup
{
    /// <summary>Stands on Redis, whose room has to be registered too.</summary>
    public static IServiceCollection AddRateLimiting(this IServiceCollection services, ConfigurationReader configuration, IEnumerable<RateLimitPolicy> policies) => services
        .AddSingleton(RateLimitOptions.Read(configuration, policies))
        .AddSingleton<RateLimitMetrics>()
        .AddSingleton(RateLimitCount.Increment);

    /// <summary>Every request that reaches the endpoint is counted, whatever becomes of it. Of several policies, a group's and an endpoint's own, the last counts.</summary>
    public static TBuilder LimitedBy<TBuilder>(this TBuilder endpoints, RateLimitPolicy policy) where TBuilder : IEndpointConventionBuilder
    {
        endpoints.WithMetadata(policy);
        endpoints.Finally(endpoint =>
        {
            var limits = endpoint.RequiredBy<RateLimitOptions>(nameof(LimitedBy), nameof(AddRateLimiting));
            if (endpoint.Metadata.OfType<RateLimited>().Any())
                return;
            var last = endpoint.Metadata.OfType<RateLimitPolicy>().Last();
            endpoint.Metadata.Add(new RateLimited(last, limits[last]));
        });
        return endpoints;
    }
}
