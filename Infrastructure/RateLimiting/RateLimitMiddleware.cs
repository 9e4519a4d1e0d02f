using System.Globalization;
using Consultation.Infrastructure.Errors;

namespace Consultation.Infrastructure.RateLimiting;

/// <summary>Refuses a request that was counted beyond its limit, and tells every caller where they stand.</summary>
internal sealed class RateLimitMiddleware(RequestDelegate next, RateLimitMetrics metrics)
{
    private const int MillisecondsPerSecond = 1000;

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<RateLimitCount>() is not { } counted)
            return next(context);
        var endpoint = counted.Endpoint;
        if (counted.Result is not var (count, _))
        {
            metrics.Decided(endpoint.PolicyName, "open");
            return next(context);
        }

        // when the answer starts, so that an error's answer carries them too
        context.Response.OnStarting(WriteHeaders, context);
        if (count <= endpoint.Requests)
        {
            metrics.Decided(endpoint.PolicyName, "allowed");
            return next(context);
        }
        metrics.Decided(endpoint.PolicyName, "refused");
        return new ProblemResult(Refusal.RateLimited).ExecuteAsync(context);
    }

    private static Task WriteHeaders(object state)
    {
        var context = (HttpContext)state;
        var counted = context.Features.Get<RateLimitCount>()!;
        var (count, millisecondsLeft) = counted.Result!.Value;
        var reset = Math.Max(1, (millisecondsLeft + MillisecondsPerSecond - 1) / MillisecondsPerSecond).ToString(CultureInfo.InvariantCulture);
        var headers = context.Response.Headers;
        headers["RateLimit-Limit"] = counted.Endpoint.RequestsText;
        headers["RateLimit-Remaining"] = Math.Max(0, counted.Endpoint.Requests - count).ToString(CultureInfo.InvariantCulture);
        headers["RateLimit-Reset"] = reset;
        if (count > counted.Endpoint.Requests)
            headers.RetryAfter = reset;
        return Task.CompletedTask;
    }
}
