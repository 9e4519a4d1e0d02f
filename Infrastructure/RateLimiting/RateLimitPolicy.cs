using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;

namespace Consultation.Infrastructure.RateLimiting;

/// <summary>
/// A rate limit by name: how many requests one caller may make within a window that starts with the first of them. Endpoints of the
/// same policy share its counts.
/// </summary>
internal sealed record RateLimitPolicy(string Name, int DefaultLimit);

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

internal static class RateLimitConventions
{
    private static readonly AnswerHeader[] Headers =
    [
        new("RateLimit-Limit", "Requests that are allowed in a window.", 120),
        new("RateLimit-Remaining", "Requests that are left in this window.", 119),
        new("RateLimit-Reset", "Seconds until the window ends.", 60),
    ];

    public static TBuilder LimitedBy<TBuilder>(this TBuilder endpoint, RateLimitPolicy policy) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(policy).Describes((operation, context) =>
        {
            operation.AddRefusal(context, Refusal.RateLimited);
            operation.AddHeader(context, Refusal.RateLimited.Status, ProblemDescription.RetryAfter);
            foreach (var header in Headers)
                operation.AddHeaderToEveryAnswer(context, header);
        });
}
