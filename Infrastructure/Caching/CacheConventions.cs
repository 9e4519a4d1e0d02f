using Consultation.Infrastructure.Database;

namespace Consultation.Infrastructure.Caching;

internal static class CacheConventions
{
    public static TBuilder IsCached<TBuilder>(this TBuilder endpoint, Func<HttpContext, string?> key) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Cached(key));

    /// <summary>
    /// Moves the generation on after the handler has committed and before its answer is written. A refusal has changed nothing, and
    /// neither has a write that PostgreSQL was never asked for or has rolled back.
    /// </summary>
    public static RouteHandlerBuilder InvalidatesCache(this RouteHandlerBuilder endpoint) => endpoint
        .AddEndpointFilter(async (context, next) =>
        {
            var services = context.HttpContext.RequestServices;
            try
            {
                var answer = await next(context);
                if (answer is not IStatusCodeHttpResult { StatusCode: >= 400 })
                    await services.GetRequiredService<ListVersion>().Invalidate();
                return answer;
            }
            catch (Exception failure)
            {
                if (failure is not DatabaseUnavailableException away)
                    await services.GetRequiredService<ListVersion>().Invalidate(); // it may have come after the commit
                else if (away.OutcomeUnknown)
                    await services.GetRequiredService<WritesOfUnknownOutcome>().Settle();
                throw;
            }
        });
}
