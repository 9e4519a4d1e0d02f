using System.Diagnostics;
using System.Globalization;
using Consultation.Infrastructure.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Consultation.Infrastructure.Errors;

/// <summary>Says what counts the codes of an endpoint's error bodies, whoever refused: the limiter, the handler, an outage.</summary>
internal sealed record RefusalCounter(Action<HttpContext, string> Count);

internal static class RefusalConventions
{
    public static RouteHandlerBuilder CountsRefusals(this RouteHandlerBuilder endpoint, Action<HttpContext, string> count) =>
        endpoint.WithMetadata(new RefusalCounter(count));
}

/// <summary>Writes a refusal as RFC 9457 <c>application/problem+json</c>; every error body of the service is written here.</summary>
internal sealed class ProblemResult(Refusal refusal) : IResult, IStatusCodeHttpResult
{
    public const string MediaType = "application/problem+json";

    public int? StatusCode => refusal.Status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var problem = new ProblemDetails
        {
            Type = httpContext.Request.PathBase + ProblemPages.PathOf(refusal.Code),
            Title = ReasonPhrases.GetReasonPhrase(refusal.Status),
            Status = refusal.Status,
            Detail = refusal.Detail,
            Extensions =
            {
                ["code"] = refusal.Code,
                ["traceId"] = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier,
            },
        };
        var endpoint = httpContext.GetEndpoint() ?? httpContext.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        endpoint?.Metadata.GetMetadata<RefusalCounter>()?.Count(httpContext, refusal.Code);
        if (refusal.ExtraName is { } name)
            problem.Extensions[name] = refusal.Extra;

        httpContext.Response.StatusCode = refusal.Status;
        if (refusal.RetryAfter is { } wait)
            httpContext.Response.Headers.RetryAfter = wait.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return httpContext.Response.WriteAsJsonAsync(problem, JsonFormat.Options, MediaType); // with no token, a client that has left is no exception
    }
}
