using System.Text.RegularExpressions;

namespace Consultation.Tests.Infrastructure.Telemetry;

/// <summary>What the repository's operations page, alert rules and dashboard say of metrics.</summary>
internal static partial class Documentation
{
    public static IEnumerable<string> Metrics => MetricRow().Matches(Read("docs/operations.md")).Select(row => row.Groups[1].Value).Where(IsOurs).Distinct().Order();

    public static IReadOnlyCollection<string> MetricsOfAlerts => StoredNames("deploy/observability/alerts.yaml");

    public static IReadOnlyCollection<string> MetricsOfDashboard => StoredNames("deploy/observability/grafana/consultation.json");

    public static bool IsOurs(string metric) => metric.StartsWith("consultation.", StringComparison.Ordinal);

    /// <summary>The names that OTLP's translation to Prometheus gives: dots become underscores, the unit and <c>_total</c> are put at the end.</summary>
    public static IEnumerable<string> PrometheusNames(ReceivedSeries series)
    {
        var name = series.Metric.Replace('.', '_') + (series.Unit == "s" ? "_seconds" : "");
        return [name, $"{name}_total", $"{name}_bucket", $"{name}_count"];
    }

    public static string Read(string file)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Consultation.sln")))
            folder = folder.Parent;
        return File.ReadAllText(Path.Combine(folder.FullName, file));
    }

    private static string[] StoredNames(string file) => [.. StoredName().Matches(Read(file)).Select(name => name.Value).Distinct()];

    [GeneratedRegex(@"^\| `([a-z_.]+)`", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex(@"\b(consultation|http_server|db_client|dotnet|kestrel)_[a-z_]+(?=\{)")]
    private static partial Regex StoredName();
}
