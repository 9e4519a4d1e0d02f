using System.Diagnostics;
using Npgsql;
using OpenTelemetry.Logs;
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
            .ConfigureResource(resource => resource.AddService("consultation", serviceVersion: ServiceVersion.Current))
            .WithTracing(traces => traces
                .AddSource(Metrics.MeterName)
                .AddAspNetCoreInstrumentation()
                .AddNpgsql()
                .AddOtlpExporter())
            .WithMetrics(metrics => metrics
                .AddMeter(Metrics.MeterName, "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
                .AddOtlpExporter())
            .WithLogging(logs => logs.AddOtlpExporter());
        return builder;
    }

    private static bool HasEndpoint(IConfiguration configuration) =>
        new[] { "", "_TRACES", "_METRICS", "_LOGS" }.Any(signal => !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP{signal}_ENDPOINT"]));
}
