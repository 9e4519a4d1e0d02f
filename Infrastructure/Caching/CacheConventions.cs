using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Redis;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.Caching;

internal static class CacheConventions
{
    private const string Registration = nameof(CachingSetup.AddCaching);

    /// <summary>The endpoint answers through <see cref="ResponseCache"/>; its requests ask for the version in the trip that they make to Redis anyway.</summary>
    public static TBuilder IsCached<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder
    {
        endpoint.Finally(builder => builder.Metadata.Add(new Cached(builder.RequiredBy<ListVersion>(nameof(IsCached), Registration))));
        return endpoint.Describes((operation, context) =>
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = "If-None-Match",
                In = ParameterLocation.Header,
                Description = "The ETag of an answer that is at hand: 304 if it still holds.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
            foreach (var status in (int[])[StatusCodes.Status200OK, StatusCodes.Status304NotModified])
            {
                operation.AddHeader(context, status, new AnswerHeader("ETag", "Strong; send it as `If-None-Match`.", "\"5c1f\""));
                operation.AddHeader(context, status, new AnswerHeader("Cache-Control", "It may be kept, but has to be asked for each time.", "no-cache"));
            }
        });
    }

    /// <summary>
    /// Invalidates after the handler has committed and before its answer is written. A refusal has changed nothing, and neither has a write that
    /// PostgreSQL was never asked for or has rolled back.
    /// </summary>
    public static RouteHandlerBuilder InvalidatesCache(this RouteHandlerBuilder endpoint)
    {
        endpoint.Finally(builder => builder.RequiredBy<ListVersion>(nameof(InvalidatesCache), Registration));
        return endpoint.AddEndpointFilter(async (context, next) =>
        {
            var services = context.HttpContext.RequestServices;
            try
            {
                var answer = await next(context);
                if ((answer is INestedHttpResult union ? union.Result : answer) is not IStatusCodeHttpResult { StatusCode: >= 400 })
                    await services.GetRequiredService<ListVersion>().InvalidateAsync();
                return answer;
            }
            catch (Exception failure)
            {
                if (failure is not DatabaseUnavailableException away)
                    await services.GetRequiredService<ListVersion>().InvalidateAsync(); // it may have come after the commit
                else if (away.OutcomeUnknown)
                    await services.GetRequiredService<WritesOfUnknownOutcome>().InvalidateAsync();
                throw;
            }
        });
    }
}
