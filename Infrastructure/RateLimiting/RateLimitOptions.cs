using Consultation.Infrastructure.Configuration;

namespace Consultation.Infrastructure.RateLimiting;

/// <summary>What a policy is set to.</summary>
internal sealed record RateLimit(int Requests, TimeSpan Window);

/// <summary>The limits as they are configured, by the name of their policy.</summary>
internal sealed class RateLimitOptions(IReadOnlyDictionary<string, RateLimit> limits)
{
    private const int DefaultWindowSeconds = 60;

    public RateLimit this[RateLimitPolicy policy] => limits[policy.Name];

    public static RateLimitOptions Read(ConfigurationReader reader, IEnumerable<RateLimitPolicy> policies) =>
        new(policies.ToDictionary(policy => policy.Name, policy => new RateLimit(
            reader.Count($"CONSULTATION_{policy.Name}_RATE_LIMIT", policy.DefaultLimit),
            reader.Seconds($"CONSULTATION_{policy.Name}_RATE_WINDOW_SECONDS", DefaultWindowSeconds))));
}
