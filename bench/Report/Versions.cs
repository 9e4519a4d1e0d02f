using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Consultation.Bench.Servers;
using Consultation.Infrastructure.Embedded;

namespace Consultation.Bench.Report;

/// <summary>What was measured, on what, and when: a sentence each.</summary>
internal static partial class Versions
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    internal static async Task<string[]> FindAsync(Stage stage, CancellationToken stop)
    {
        var redis = await FirstAsync("redis-server", ["--version"], stop);
        var wrk = await FirstAsync("wrk", ["-v"], stop);
        var node = await FirstAsync("node", ["--version"], stop);
        var commit = Command.OnPath("git") is null ? "unknown"
            : await TextAsync("git", ["-C", Builds.Root, "describe", "--always", "--dirty"], stop);
        using var peer = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Builds.Bench, "peer", "package.json"), stop));
        var packages = peer.RootElement.GetProperty("dependencies").EnumerateObject().Select(package => $"{package.Name} {package.Value}");
        return
        [
            $"Measured on {DateTime.UtcNow.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}, commit {commit.Trim()}.",
            $"{Proc.Machine()}; servers and load share them.",
            $"{RuntimeInformation.FrameworkDescription}, {stage.PostgresDescription}, Redis {redis}, wrk {wrk}, Node.js {node}, "
                + $"{string.Join(", ", packages)}.",
        ];
    }

    private static async Task<string> FirstAsync(string program, string[] arguments, CancellationToken stop) =>
        Version().Match(await TextAsync(program, arguments, stop)).Value;

    private static async Task<string> TextAsync(string program, string[] arguments, CancellationToken stop) =>
        (await Command.RunAsync(Prerequisites.Path(program), arguments, null, Bound, stop)).Output;

    [GeneratedRegex(@"\d+(\.\d+)+")]
    private static partial Regex Version();
}
