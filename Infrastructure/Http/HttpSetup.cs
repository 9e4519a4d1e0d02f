using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Json;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Primitives;

namespace Consultation.Infrastructure.Http;

/// <summary>What the server takes from clients and proxies, and the headers it adds to every answer.</summary>
internal static class HttpSetup
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

    /// <summary>The page's own scripts need no more than what this host serves.</summary>
    private static readonly StringValues OwnPageOnly = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'";

    private static readonly string[] ExposedHeaders =
        ["ETag", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "Location", "Idempotency-Replayed"];

    public static WebApplicationBuilder AddHttp(this WebApplicationBuilder builder, ConfigurationReader configuration)
    {
        builder.Services.AddSingleton(HttpOptions.Read(configuration));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxFramedBody;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(75);
        });
        builder.Services.Configure<RouteOptions>(routes => routes.ConstraintMap[IdConstraint.Name] = typeof(IdConstraint));
        builder.Services.ConfigureHttpJsonOptions(json => JsonFormat.Configure(json.SerializerOptions));
        builder.Services.AddCors();
        builder.Services.AddOptions<CorsOptions>().Configure<HttpOptions>((cors, options) => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. options.CorsOrigins]).AllowAnyMethod().AllowAnyHeader().WithExposedHeaders(ExposedHeaders)
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
        builder.Services.AddOptions<ForwardedHeadersOptions>().Configure<HttpOptions>((forwarded, options) =>
        {
            // with no proxy named, the middleware would believe everybody
            forwarded.ForwardedHeaders = options.TrustedProxies.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor;
            forwarded.ForwardLimit = null; // as far as the chain of trusted proxies goes
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in options.TrustedProxies)
                forwarded.KnownIPNetworks.Add(network);
        });
        return builder;
    }

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
            headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments("/scalar") ? OwnPageOnly : NoPage;
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = NoStore; // answers hold what is the caller's alone
        return Task.CompletedTask;
    }
}
