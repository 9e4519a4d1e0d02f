using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.OpenApi;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.HttpOverrides;

namespace Consultation.Infrastructure.Http;

/// <summary>What the server takes from clients and proxies, and the headers it adds to every answer.</summary>
internal static class HttpSetup
{
    /// <summary>In bytes; whoever reads a body keeps it.</summary>
    public const int MaxBody = 64 * 1024;

    /// <summary>What the server lets through on the wire, where a chunk of one byte is six.</summary>
    private const int MaxFramedBody = 8 * MaxBody;

    private const string NoPage = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>The page's own scripts need no more than what this host serves.</summary>
    private const string OwnPageOnly = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'";

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
            forwarded.ForwardedHeaders = options.TrustedProxies.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor;
            forwarded.ForwardLimit = null; // as far as the chain of trusted proxies goes
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in options.TrustedProxies)
                forwarded.KnownIPNetworks.Add(network);
        });
        return builder;
    }

    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            if (app.Lifetime.ApplicationStopping.IsCancellationRequested && HttpProtocol.IsHttp11(context.Request.Protocol))
                headers.Connection = "close"; // so that no client sends its next request into the closing of the connection
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments("/scalar") ? OwnPageOnly : NoPage;
            if (headers.CacheControl.Count == 0)
                headers.CacheControl = "no-store"; // answers hold what is the caller's alone
            return Task.CompletedTask;
        });
        return next(context);
    });
}
