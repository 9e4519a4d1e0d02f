using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Consultation.Infrastructure.Telemetry;

/// <summary>Traces, metrics and logs over OTLP, set by the standard <c>OTEL_*</c> variables; nothing is collected when they name no endpoint.</summary>
internal static class TelemetrySetup
{
    public static readonly ActivitySource Spans = new(Metrics.MeterName);

    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Metrics>();
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (!builder.Environment.IsDevelopment())
            builder.Logging.ClearProviders().AddJsonConsole(console => console.IncludeScopes = true);
        if (!HasEndpoint(builder.Configuration))
            return builder;

        builder.Services.AddOpenTelemetry()
            .UseOtlpExporter()
            .ConfigureResource(resource => resource
                .AddService("consultation", serviceVersion: ServiceVersion.Current)
                .AddEnvironmentVariableDetector()) // again, so that OTEL_SERVICE_NAME has the last word
            .WithTracing(traces => traces
                .AddSource(Metrics.MeterName, "Npgsql")
                .AddAspNetCoreInstrumentation(requests => requests.EnrichWithHttpResponse = LeaveOutWhatClientsWrite))
            .WithMetrics(metrics => metrics
                .AddMeter(Metrics.MeterName, "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"));
        return builder;
    }

    private static bool HasEndpoint(IConfiguration configuration) =>
        new[] { "", "_TRACES", "_METRICS", "_LOGS" }.Any(signal => !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP{signal}_ENDPOINT"]));

    /// <summary>A path, a query and a name of a browser are free text, and so may hold anybody's data. The route says enough.</summary>
    private static void LeaveOutWhatClientsWrite(Activity span, HttpResponse response)
    {
        foreach (var tag in (ReadOnlySpan<string>)["url.path", "url.query", "user_agent.original", "server.address"])
            span.SetTag(tag, null);
    }
}
