using System.Globalization;
using Consultation.Infrastructure.Configuration;

namespace Consultation.Infrastructure.Telemetry;

/// <summary>
/// Checks the <c>OTEL_*</c> variables that the SDK reads. It would end the process for some bad values and pass over others in silence, and then
/// nothing arrives at the collector and nobody knows why.
/// </summary>
internal static class TelemetrySettings
{
    private const string Milliseconds = "a whole number of milliseconds";
    private static readonly string[] Signals = ["", "TRACES_", "METRICS_", "LOGS_"];

    public static void Check(ConfigurationReader reader)
    {
        foreach (var signal in Signals)
        {
            var exporter = $"OTEL_EXPORTER_OTLP_{signal}";
            Check(reader, exporter + "ENDPOINT", IsAddress, "an http or https address, like http://collector:4317", secret: HasLogin);
            Check(reader, exporter + "PROTOCOL", value => value is "grpc" or "http/protobuf", "grpc or http/protobuf");
            Check(reader, exporter + "TIMEOUT", IsCount, Milliseconds);
            Check(reader, exporter + "HEADERS", IsPairs, "pairs with commas between, like api-key=…,tenant=one", secret: _ => true);
            foreach (var file in (ReadOnlySpan<string>)["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"])
                Check(reader, exporter + file, File.Exists, "a file that exists and can be seen by the service");
            if (signal.Length > 0)
                Check(reader, $"OTEL_{signal}EXPORTER", value => value is "otlp" or "none", "otlp or none");
        }
        Check(reader, "OTEL_RESOURCE_ATTRIBUTES", IsPairs, "pairs with commas between, like deployment.environment.name=staging");
        Check(reader, "OTEL_SDK_DISABLED", value => bool.TryParse(value, out _), "true or false");
        Check(reader, "OTEL_TRACES_SAMPLER",
            value => value is "always_on" or "always_off" or "traceidratio" or "parentbased_always_on" or "parentbased_always_off" or "parentbased_traceidratio",
            "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio");
        Check(reader, "OTEL_TRACES_SAMPLER_ARG",
            value => double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1,
            "a number from 0 to 1");
        Check(reader, "OTEL_METRICS_EXEMPLAR_FILTER", value => value is "always_on" or "always_off" or "trace_based", "always_on, always_off or trace_based");
        Check(reader, "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
            value => value.ToUpperInvariant() is "CUMULATIVE" or "DELTA" or "LOWMEMORY", "cumulative, delta or lowmemory");
        Check(reader, "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            value => value is "explicit_bucket_histogram" or "base2_exponential_bucket_histogram", "explicit_bucket_histogram or base2_exponential_bucket_histogram");
        foreach (var number in (ReadOnlySpan<string>)
            [
                "BSP_SCHEDULE_DELAY", "BSP_EXPORT_TIMEOUT", "BSP_MAX_QUEUE_SIZE", "BSP_MAX_EXPORT_BATCH_SIZE",
                "BLRP_SCHEDULE_DELAY", "BLRP_EXPORT_TIMEOUT", "BLRP_MAX_QUEUE_SIZE", "BLRP_MAX_EXPORT_BATCH_SIZE",
                "METRIC_EXPORT_INTERVAL", "METRIC_EXPORT_TIMEOUT",
            ])
        {
            Check(reader, $"OTEL_{number}", IsPositive, number.EndsWith("SIZE", StringComparison.Ordinal) ? "a whole number from 1 on" : Milliseconds);
        }
        foreach (var limit in (ReadOnlySpan<string>)
            [
                "ATTRIBUTE_VALUE_LENGTH_LIMIT", "ATTRIBUTE_COUNT_LIMIT", "SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "SPAN_ATTRIBUTE_COUNT_LIMIT", "SPAN_EVENT_COUNT_LIMIT",
                "SPAN_LINK_COUNT_LIMIT", "EVENT_ATTRIBUTE_COUNT_LIMIT", "LINK_ATTRIBUTE_COUNT_LIMIT", "LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
            ])
        {
            Check(reader, $"OTEL_{limit}", IsCount, "a whole number");
        }
        if (reader.Text("OTEL_BSP_MAX_EXPORT_BATCH_SIZE") is { } batch && IsPositive(batch) && int.Parse(batch, CultureInfo.InvariantCulture) > QueueSize(reader))
            reader.Refuse("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch, "no more than OTEL_BSP_MAX_QUEUE_SIZE (2048)");
    }

    private static void Check(ConfigurationReader reader, string key, Func<string, bool> isRight, string allowed, Func<string, bool>? secret = null)
    {
        if (reader.Text(key) is { } value && !isRight(value))
            reader.Refuse(key, secret?.Invoke(value) == true ? null : value, allowed);
    }

    private static int QueueSize(ConfigurationReader reader) =>
        int.TryParse(reader.Text("OTEL_BSP_MAX_QUEUE_SIZE"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 2048;

    private static bool IsAddress(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Host.Length > 0;

    private static bool HasLogin(string value) => value.Contains('@', StringComparison.Ordinal);

    private static bool IsCount(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static bool IsPositive(string value) => IsCount(value) && int.Parse(value, CultureInfo.InvariantCulture) > 0;

    private static bool IsPairs(string value) =>
        value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(pair => pair.IndexOf('=', StringComparison.Ordinal) > 0);
}
