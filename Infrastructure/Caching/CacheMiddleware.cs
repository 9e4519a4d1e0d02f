using Consultation.Infrastructure.Telemetry;

namespace Consultation.Infrastructure.Caching;

/// <summary>Says that an endpoint's 200 may be kept. <paramref name="Key"/> gives the entry's key, or null for a query that will be refused.</summary>
internal sealed record Cached(Func<HttpContext, string?> Key);

/// <summary>Set by a cached endpoint: the instant at which its answer stops being true by itself.</summary>
internal sealed record TrueUntil(DateTimeOffset Instant);

/// <summary>Answers cached endpoints from <see cref="ResponseStore"/>, as long as the request brought a generation from Redis.</summary>
internal sealed class CacheMiddleware(RequestDelegate next, ResponseStore store, CacheOptions options, TimeProvider clock, Metrics metrics)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Cached>() is not { } cached || cached.Key(context) is not { } key)
        {
            await next(context);
            return;
        }

        CachedResponse? response;
        if (context.Features.Get<RequestListVersion>() is { } generation)
        {
            response = await store.GetOrMake(generation, key, () => MakeForAll(context), context.RequestAborted);
        }
        else
        {
            metrics.CacheRead("bypass");
            response = await store.Share(key, () => MakeForAll(context), context.RequestAborted);
        }
        if (response is not null)
            await response.Write(context);
    }

    /// <summary>Others may wait for the same entry, so it does not end when the client that came first leaves.</summary>
    private async Task<CachedResponse?> MakeForAll(HttpContext context)
    {
        var aborted = context.RequestAborted;
        context.RequestAborted = CancellationToken.None;
        try
        {
            return await Make(context);
        }
        finally
        {
            context.RequestAborted = aborted;
        }
    }

    /// <summary>Runs the endpoint and keeps what it writes; an answer other than 200 goes out as it is.</summary>
    private async Task<CachedResponse?> Make(HttpContext context)
    {
        var client = context.Response.Body;
        var written = new MemoryStream();
        context.Response.Body = written;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = client;
        }
        if (context.Response.StatusCode != StatusCodes.Status200OK)
        {
            written.Position = 0;
            await written.CopyToAsync(client, context.RequestAborted);
            return null;
        }

        var freshUntil = clock.GetUtcNow() + options.TimeToLive;
        if (context.Features.Get<TrueUntil>() is { } end && end.Instant < freshUntil)
            freshUntil = end.Instant;
        return new CachedResponse(written.ToArray(), context.Response.ContentType, freshUntil);
    }
}
