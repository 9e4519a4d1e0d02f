using System.Diagnostics;
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
    /// <summary>Seconds after which a client may try again when the database is away.</summary>
    private const string UnavailableRetryAfter = "5";

    public int? StatusCode => refusal.Status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var problem = new ProblemDetails
        {
            Type = "about:blank",
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
        if (refusal.Status == StatusCodes.Status503ServiceUnavailable)
            httpContext.Response.Headers.RetryAfter = UnavailableRetryAfter;
        return httpContext.Response.WriteAsJsonAsync(problem, JsonFormat.Options, "application/problem+json"); // with no token, a client that has left is no exception
    }
}
