namespace Consultation.Infrastructure.Caching;

internal static class CacheConventions
{
    public static TBuilder IsCached<TBuilder>(this TBuilder endpoint, Func<HttpContext, string?> key) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Cached(key));

    /// <summary>
    /// Moves the generation on after the handler has committed and before its answer is written. A refusal has changed nothing;
    /// an exception may have come after the commit.
    /// </summary>
    public static RouteHandlerBuilder EvictsLists(this RouteHandlerBuilder endpoint) => endpoint
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
