using System.Globalization;
using System.Net;
using System.Text;

namespace Consultation.Bench.Report;

/// <summary>The comparisons that tell most, as bars, the fastest of a panel the longest. Light or dark, as the reader has it.</summary>
internal static class Chart
{
    private const int Width = 760;
    private const int NameWidth = 140;
    private const int ValueWidth = 90;
    private const int BarHeight = 20;
    private const int RowHeight = 27;
    private const int TitleHeight = 34;
    private const int Gap = 18;
    private const int LongestBar = Width - NameWidth - ValueWidth - 2 * Gap;

    private const string Style = """
          text { font: 13px system-ui, sans-serif; fill: #1f2328 }
          .title { font-weight: 600; font-size: 14px }
          .unit { fill: #59636e }
          .other { fill: #b6bec8 }
          .service { fill: #1a7f5a }
          .aside { opacity: 0.5 }
          .value { font-variant-numeric: tabular-nums }
          .ground { fill: #ffffff }
          @media (prefers-color-scheme: dark) {
            text { fill: #e6edf3 }
            .unit { fill: #9198a1 }
            .other { fill: #4b535d }
            .service { fill: #3fb083 }
            .ground { fill: #0d1117 }
          }
        """;

    internal static string Of(IEnumerable<Section> sections)
    {
        var body = new StringBuilder();
        var y = Gap;
        foreach (var section in sections)
            y = Panel(body, section, y);

        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {y}" width="{Width}" height="{y}"
              role="img" aria-label="Lists and bookings a second">
            <style>
            {Style}
            </style>
            <rect class="ground" width="{Width}" height="{y}" rx="6"/>
            {body}</svg>

            """;
    }

    /// <returns>Where the next panel starts.</returns>
    private static int Panel(StringBuilder body, Section section, int y)
    {
        var most = section.Rows.Max(row => row.PerSecond);
        var unit = $"""<tspan class="unit" font-weight="400">{Escape(section.Unit)} a second</tspan>""";
        Line(body, $"""<text class="title" x="{Gap}" y="{y + 14}">{Escape(section.Title)} {unit}</text>""");
        y += TitleHeight;
        foreach (var row in section.Rows)
        {
            // None of its rounds counted: no bar.
            var length = double.IsNaN(row.PerSecond) ? 0 : LongestBar * row.PerSecond / most;
            var value = double.IsNaN(row.PerSecond) ? "–" : row.PerSecond.ToString("N0", CultureInfo.InvariantCulture);
            var middle = y + BarHeight / 2 + 5;
            var kind = row.Name == Groups.Names.Service ? "service"
                : row.Name.StartsWith(Groups.Names.Service, StringComparison.Ordinal) ? "service aside"
                : "other";
            Line(body, $"""<text x="{Gap + NameWidth - 10}" y="{middle}" text-anchor="end">{Escape(row.Name)}</text>""");
            Line(body, $"""<rect class="{kind}" x="{Gap + NameWidth}" y="{y}" width="{length:0.#}" height="{BarHeight}" rx="3"/>""");
            Line(body, $"""<text class="value" x="{Gap + NameWidth + length + 8:0.#}" y="{middle}">{value}</text>""");
            y += RowHeight;
        }

        return y + Gap;
    }

    private static void Line(StringBuilder body, FormattableString line) =>
        body.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
