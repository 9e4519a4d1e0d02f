using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Consultation.Infrastructure.Errors;

/// <summary>What a problem's <c>type</c> leads to: for each code what happened, what to show the user, and what to do.</summary>
internal sealed record ProblemExplanation(string Type, string Code, int Status, string Title, string Happened, string WhatToShow, string WhatToDo);

/// <summary>Serves the explanations, as a short page to a browser and as JSON to anyone else.</summary>
internal static partial class ProblemPages
{
    private const string Path = "/problems/";
    private const string Html = "text/html";
    private const string Json = "application/json";

    private const string Style = "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}h1{font-size:1.25rem;overflow-wrap:anywhere}h2{font-size:1rem;margin:1.5rem 0 0}p{margin:.25rem 0}";

    /// <summary>The page needs its style and nothing else.</summary>
    private static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; frame-ancestors 'none'";

    public static string PathOf(string code) => Path + code;

    /// <param name="app">Where to map them.</param>
    /// <param name="refusals">All that the service has.</param>
    public static void MapProblemPages(this IEndpointRouteBuilder app, IEnumerable<Refusal> refusals)
    {
        var byCode = refusals.DistinctBy(refusal => refusal.Code).ToDictionary(refusal => refusal.Code);
        app.MapMethods(Path + "{code}", [HttpMethods.Get, HttpMethods.Head], (string code, HttpContext context) =>
            {
                context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
                return !byCode.TryGetValue(code, out var refusal) ? new ProblemResult(Refusal.NotFound)
                    : PrefersHtml(context.Request) ? Page(context, refusal)
                    : Results.Json(Explanation(context.Request, refusal), contentType: Json);
            })
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    private static ProblemExplanation Explanation(HttpRequest request, Refusal refusal) => new(
        request.PathBase + PathOf(refusal.Code), refusal.Code, refusal.Status, ReasonPhrases.GetReasonPhrase(refusal.Status), refusal.Happened, refusal.WhatToShow, refusal.WhatToDo);

    private static IResult Page(HttpContext context, Refusal refusal)
    {
        context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        return Results.Text(
            $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>{Encode(refusal.Code)}</title><style>{Style}</style></head>
            <body><main>
            <h1>{Encode(refusal.Code)}</h1>
            <p>HTTP status {refusal.Status}, {Encode(ReasonPhrases.GetReasonPhrase(refusal.Status))}</p>
            <h2>What happened</h2><p>{Encode(refusal.Happened)}</p>
            <h2>What to show the user</h2><p>{Encode(refusal.WhatToShow)}</p>
            <h2>What to do</h2><p>{Encode(refusal.WhatToDo)}</p>
            </main></body>
            </html>
            """,
            Html,
            Encoding.UTF8);
    }

    /// <summary>As browsers do: they name it, and rank nothing above it. A client that takes anything gets JSON.</summary>
    private static bool PrefersHtml(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return QualityOf(Html) is > 0 and var html && html >= QualityOf(Json);

        double QualityOf(string type) => accepted.Where(each => each.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)).Max(each => (double?)(each.Quality ?? 1)) ?? 0;
    }

    /// <summary>What the texts have between back quotes is code.</summary>
    private static string Encode(string text) => Quoted().Replace(WebUtility.HtmlEncode(text), "<code>$1</code>");

    [GeneratedRegex("`([^`]+)`", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();
}
