using Consultation.Infrastructure.Http;

namespace Consultation.Features.Demo;

/// <summary>What the demo signs in with; null where the secret or the authority that checks tokens is somebody's own.</summary>
internal sealed record DemoTokens(string? Customer, string? Staff);

/// <summary>
/// The demo: a storefront and a staff page that use the public API like anybody else. Its files are resources of a Debug build; what the
/// API does not say comes from <c>/demo/tokens.json</c>: the tokens and the shop's zone.
/// </summary>
internal static class DemoEndpoint
{
    private const string Page = "index.html";

    /// <summary>The page's own files and the API beside it, nothing inline and nothing from elsewhere.</summary>
    private const string OwnFilesOnly =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, string> ContentTypes = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    public static void Map(IEndpointRouteBuilder app, Func<DemoTokens> tokens)
    {
        var demo = app.MapGroup("").AllowAnonymous().AnswersHead().ExcludeFromDescription();
        demo.MapGet("/", (HttpResponse response) => File(response, Page));
        demo.MapGet("/demo/{name}", (string name, HttpResponse response) => name == Page ? TypedResults.NotFound() : File(response, name));
        demo.MapGet("/demo/tokens.json", (ShopOptions shop) =>
        {
            var (customer, staff) = tokens();
            return TypedResults.Ok(new { TimeZone = shop.TimeZone.Id, Customer = customer, Staff = staff });
        });
    }

    private static IResult File(HttpResponse response, string name)
    {
        if (typeof(DemoEndpoint).Assembly.GetManifestResourceStream("demo/" + name) is not { } content)
            return TypedResults.NotFound();
        response.Headers.ContentSecurityPolicy = OwnFilesOnly;
        response.Headers.CacheControl = "no-cache";
        return TypedResults.Stream(content, ContentTypes[Path.GetExtension(name)]);
    }
}
