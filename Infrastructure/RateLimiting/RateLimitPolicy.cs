using Consultation.Infrastructure.Configuration;

namespace Consultation.Infrastructure.RateLimiting;

/// <summary>A rate limit by name; endpoints that name the same policy share its counts.</summary>
internal sealed record RateLimitPolicy(string Name, Func<Settings, RateLimit> Limit);

internal static class RateLimitConventions
{
    public static TBuilder LimitedBy<TBuilder>(this TBuilder endpoint, RateLimitPolicy policy) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(policy);
}
