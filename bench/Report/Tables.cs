using System.Globalization;
using System.Text;

namespace Consultation.Bench.Report;

/// <summary>Sections as tables in Markdown, which a terminal shows well enough.</summary>
internal static class Tables
{
    internal static string Of(Section section)
    {
        var text = new StringBuilder($"### {section.Title}\n");
        if (section.Rows.Length > 0)
            text.Append('\n').Append(Contenders(section));
        text.Append('\n').Append(Figures(section.Figures));
        foreach (var fault in section.Faults)
            text.Append($"\n{fault}\n");
        return text.ToString();
    }

    internal static string Figures(IEnumerable<Figure> figures) => Table(
        ["figure", "median", "minimum", "maximum"],
        figures.Select(figure => new[]
        {
            figure.Name, Number(figure.Spread.Median, figure.Unit), Number(figure.Spread.Minimum, figure.Unit),
            Number(figure.Spread.Maximum, figure.Unit),
        }));

    internal static string Contenders(Section section)
    {
        var showsQueue = section.Rows.Any(row => !double.IsNaN(row.OnQueue));
        return Table(
            Shown(["", $"{section.Unit} a second", "p50 ms", "p99 ms", "CPU µs", "Redis CPU µs", "allocated bytes", "on the queue"]),
            section.Rows.Select(row => Shown(
            [
                row.Name, Or(row.PerSecond, "N0"), Or(row.MedianMs, "N2"), Or(row.P99Ms, "N2"), Or(row.CpuMicroseconds, "N1"),
                Or(row.RedisMicroseconds, "N1"), Or(row.AllocatedBytes, "N0"), Or(row.OnQueue, "P0"),
            ])));

        string[] Shown(string[] cells) => showsQueue ? cells : cells[..^1];
    }

    private static string Number(double value, string unit) => unit switch
    {
        "" => Or(value, "N2"),
        _ => $"{Or(value, value < 10 ? "N1" : "N0")} {unit}",
    };

    private static string Or(double value, string format) =>
        double.IsNaN(value) ? "–" : value.ToString(format, CultureInfo.InvariantCulture);

    private static string Table(string[] head, IEnumerable<string[]> rows)
    {
        string[][] all = [head, .. rows];
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        // Figures stand right, and a colon says so in the rule.
        var rule = widths.Select((width, column) => column == 0 ? new string('-', width) : $"{new string('-', width - 1)}:");
        return $"{Line(head)}{Line(rule)}{string.Concat(all[1..].Select(Line))}";

        string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(Padded))} |\n";
        string Padded(string cell, int column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]);
    }
}
