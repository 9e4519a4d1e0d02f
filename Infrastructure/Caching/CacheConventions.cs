namespace Consultation.Infrastructure.Caching;

/// <summary>Marks an endpoint whose writes change what cached lists say.</summary>
internal sealed record Evicts;

internal static class CacheConventions
{
    public static TBuilder IsCached<TBuilder>(this TBuilder endpoint, Func<HttpContext, string?> key) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Cached(key));

    /// <summary>
    /// Moves the generation on after the handler has committed and before its answer is written. A refusal has changed nothing;
    /// an exception may have come after the commit.
    /// </summary>
    public static RouteHandlerBuilder EvictsLists(this RouteHandlerBuilder endpoint) => endpoint
        .WithMetadata(new Evicts())
        .AddEndpointFilter(async (context, next) =>
        {
            var refused = false;
            try
            {
                var answer = await next(context);
                refused = answer is IStatusCodeHttpResult { StatusCode: >= 400 };
                return answer;
            }
            finally
            {
                if (!refused)
                    await context.HttpContext.RequestServices.GetRequiredService<Generation>().MoveOn();
            }
        });
}
