using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Redis;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.RateLimiting;

internal static class RateLimitingSetup
{
    private static readonly AnswerHeader[] Headers =
    [
        new("RateLimit-Limit", "Requests that are allowed in a window.", 120),
        new("RateLimit-Remaining", "Requests that are left in this window.", 119),
        new("RateLimit-Reset", "Seconds until the window ends.", 60),
    ];

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
        return endpoints.Describes(Describe);
    }

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        operation.AddRefusal(context, Refusal.RateLimited);
        operation.AddHeader(context, Refusal.RateLimited.Status, ProblemDescription.RetryAfter);
        foreach (var header in Headers)
            operation.AddHeaderToEveryAnswer(context, header);
    }
}
