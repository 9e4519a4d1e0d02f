using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Telemetry;

namespace Consultation.Infrastructure.RateLimiting;

/// <summary>Counts every request that reaches a limited endpoint, whatever becomes of it, and refuses those over the limit.</summary>
internal sealed class RateLimitMiddleware(RequestDelegate next, RateLimiter limiter, RateLimitOptions limits, Metrics metrics)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata is not { } metadata || metadata.GetMetadata<RateLimitPolicy>() is not { } policy)
        {
            await next(context);
            return;
        }

        if (await limiter.Count(policy, CallerOf(context), metadata.GetMetadata<Cached>() is not null) is not { } standing)
        {
            metrics.LimiterDecision(policy.Name, "open");
            await next(context);
            return;
        }

        if (standing.Generation is { } generation)
            context.Features.Set(generation);

        var limit = limits[policy].Requests;
        var allowed = standing.Count <= limit;
        metrics.LimiterDecision(policy.Name, allowed ? "allowed" : "refused");
        // when the answer starts, so that an error's answer carries them too
        context.Response.OnStarting(() => WriteHeaders(context.Response.Headers, limit, standing, allowed));
        if (allowed)
            await next(context);
        else
            await new ProblemResult(Refusal.RateLimited).ExecuteAsync(context);
    }

    private static Task WriteHeaders(IHeaderDictionary headers, int limit, RateLimitResult standing, bool allowed)
    {
        var reset = Math.Max(1, (long)Math.Ceiling(standing.UntilReset.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        headers["RateLimit-Limit"] = limit.ToString(CultureInfo.InvariantCulture);
        headers["RateLimit-Remaining"] = Math.Max(0, limit - standing.Count).ToString(CultureInfo.InvariantCulture);
        headers["RateLimit-Reset"] = reset;
        if (!allowed)
            headers.RetryAfter = reset;
        return Task.CompletedTask;
    }

    private static string CallerOf(HttpContext context) =>
        context.User.Sub() is { } sub ? $"sub:{sub}" : $"ip:{AddressOf(context.Connection.RemoteIpAddress)}";

    /// <summary>An IPv6 subscriber is given a /64 at least, so that is what counts as one caller.</summary>
    private static string AddressOf(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
