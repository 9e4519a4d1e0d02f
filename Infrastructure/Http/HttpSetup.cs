using System.Text.RegularExpressions;
using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.OpenApi;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Primitives;

namespace Consultation.Infrastructure.Http;

/// <summary>What the server takes from clients and proxies, and the headers it adds to every answer.</summary>
internal static partial class HttpSetup
{
    /// <summary>In bytes; whoever reads a body keeps it.</summary>
    public const int MaxBody = 64 * 1024;

    /// <summary>What the server lets through on the wire, where a chunk of one byte is six.</summary>
    private const int MaxFramedBody = 8 * MaxBody;

    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues Deny = "DENY";
    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues NoStore = "no-store";
    private static readonly StringValues NoPage = "default-src 'none'; frame-ancestors 'none'";

    /// <param name="builder">The application.</param>
    /// <param name="configuration">Its settings.</param>
    /// <param name="exposedHeaders">What scripts of other origins may read of an answer, beyond what browsers always let them.</param>
    public static WebApplicationBuilder AddHttp(this WebApplicationBuilder builder, ConfigurationReader configuration, params string[] exposedHeaders)
    {
        builder.Services.AddSingleton(HttpOptions.Read(configuration));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxFramedBody;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
        });
        builder.Services.DescribeOperations(IdConstraint.DescribeAsync);
        builder.Services.Configure<RouteOptions>(routes => routes.ConstraintMap[IdConstraint.Name] = typeof(IdConstraint));
        builder.Services.ConfigureHttpJsonOptions(json => JsonFormat.Configure(json.SerializerOptions));
        builder.Services.AddCors();
        builder.Services.AddOptions<CorsOptions>().Configure<HttpOptions>((cors, options) => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. options.CorsOrigins]).AllowAnyMethod().AllowAnyHeader().WithExposedHeaders(exposedHeaders)
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<HttpOptions>((forwarded, options) =>
        {
            // with no proxy named, the middleware would believe everybody
            forwarded.ForwardedHeaders = options.TrustedProxies.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedPrefix;
            forwarded.ForwardLimit = null; // as far as the chain of trusted proxies goes
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in options.TrustedProxies)
                forwarded.KnownIPNetworks.Add(network);
        });
        return builder;
    }

    /// <summary>
    /// The framework's middleware, and then a look at the path that a proxy says it has taken off: it leads addresses that go out, so one that
    /// is no plain path (<c>//elsewhere.example</c>, <c>/..</c>) counts as none.
    /// </summary>
    public static void UseProxies(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.Use((context, next) =>
        {
            if (context.Request.PathBase is { HasValue: true } prefix)
                context.Request.PathBase = PlainPath().IsMatch(prefix.Value) ? prefix.Value.TrimEnd('/') : PathString.Empty;
            return next(context);
        });
    }

    [GeneratedRegex(@"\A(/(?!\.{1,2}(/|\z))[A-Za-z0-9._~\-]+){1,20}/?\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainPath();

    /// <summary>For requests with an <c>Origin</c>. The middleware takes a service of the request's scope, which the others need not open.</summary>
    public static void UseCorsForScripts(this WebApplication app) =>
        app.UseWhen(context => context.Request.Headers.Origin.Count > 0, scripts => scripts.UseCors());

    public static void UseSecurityHeaders(this WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        Func<object, Task> write = context => WriteSecurityHeaders((HttpContext)context, stopping);
        app.Use((context, next) =>
        {
            context.Response.OnStarting(write, context); // an error's answer begins with no headers, and has to have these too
            return next(context);
        });
    }

    private static Task WriteSecurityHeaders(HttpContext context, CancellationToken stopping)
    {
        var headers = context.Response.Headers;
        if (stopping.IsCancellationRequested && HttpProtocol.IsHttp11(context.Request.Protocol))
            headers.Connection = "close"; // so that no client sends its next request into the closing of the connection
        headers.XContentTypeOptions = NoSniff;
        headers.XFrameOptions = Deny;
        headers["Referrer-Policy"] = NoReferrer;
        if (headers.ContentSecurityPolicy.Count == 0)
            headers.ContentSecurityPolicy = NoPage; // a page says itself what it needs
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = NoStore; // answers hold what is the caller's alone
        return Task.CompletedTask;
    }
}
