using System.Diagnostics;
using Consultation.Infrastructure.Configuration;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Consultation.Infrastructure.Telemetry;

/// <summary>Traces, metrics and logs over OTLP, set by the standard <c>OTEL_*</c> variables; nothing is collected when they name no endpoint.</summary>
internal static class TelemetrySetup
{
    public static readonly ActivitySource Spans = new(Metrics.MeterName);

    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder, ConfigurationReader configuration)
    {
        TelemetrySettings.Check(configuration);
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (!builder.Environment.IsDevelopment())
            builder.Logging.ClearProviders().AddJsonConsole(console =>
            {
                console.IncludeScopes = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
                console.UseUtcTimestamp = true;
            });
        // at Information it writes paths with their queries, and so whatever a client put there, whoever raises the level for the rest
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        if (configuration.Problems.Count > 0 || !HasEndpoint(builder.Configuration))
            return builder;

        var telemetry = builder.Services.AddOpenTelemetry()
            .UseOtlpExporter()
            .ConfigureResource(resource => resource
                .AddService("consultation", serviceVersion: ServiceVersion.Current)
                .AddEnvironmentVariableDetector()); // again, so that OTEL_SERVICE_NAME has the last word
        if (IsWanted(builder.Configuration, "TRACES"))
            telemetry.WithTracing(traces => traces
                .AddSource(Metrics.MeterName, "Npgsql")
                .AddAspNetCoreInstrumentation(requests => requests.EnrichWithHttpResponse = LeaveOutWhatClientsWrite));
        if (IsWanted(builder.Configuration, "METRICS"))
            telemetry.WithMetrics(metrics => metrics
                .AddMeter(Metrics.MeterName, "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"));
        if (!IsWanted(builder.Configuration, "LOGS"))
            builder.Logging.AddFilter<OpenTelemetryLoggerProvider>(category: null, LogLevel.None);
        builder.Services.AddHostedService<LastTelemetry>();
        return builder;
    }

    private static bool HasEndpoint(IConfiguration configuration) =>
        new[] { "", "_TRACES", "_METRICS", "_LOGS" }.Any(signal => !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP{signal}_ENDPOINT"]));

    /// <summary>The SDK does not know <c>OTEL_TRACES_EXPORTER=none</c> and its like.</summary>
    private static bool IsWanted(IConfiguration configuration, string signal) => configuration[$"OTEL_{signal}_EXPORTER"] != "none";

    /// <summary>A path, a query and a name of a browser are free text, and so may hold anybody's data. The route says enough.</summary>
    private static void LeaveOutWhatClientsWrite(Activity span, HttpResponse response)
    {
        foreach (var tag in (ReadOnlySpan<string>)["url.path", "url.query", "user_agent.original", "server.address"])
            span.SetTag(tag, null);
    }
}
