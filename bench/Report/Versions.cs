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

    internal static async Task<string[]> FindAsync(Stage stage, CancellationToken cancellationToken)
    {
        var redis = await FirstAsync("redis-server", ["--version"], cancellationToken);
        var wrk = await FirstAsync("wrk", ["-v"], cancellationToken);
        var node = await FirstAsync("node", ["--version"], cancellationToken);
        var commit = Command.OnPath("git") is null ? "" : await TextAsync("git", ["-C", Builds.Root, "describe", "--always", "--dirty"], cancellationToken);
        var peer = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Builds.Bench, "peer", "package.json"), cancellationToken));
        var packages = peer.RootElement.GetProperty("dependencies").EnumerateObject().Select(package => $"{package.Name} {package.Value.GetString()}");
        return
        [
            string.Create(CultureInfo.InvariantCulture, $"Measured on {DateTime.UtcNow:d MMMM yyyy}{(commit.Length > 0 ? $", commit {commit.Trim()}" : "")}."),
            $"{Proc.Machine()}; servers and load share them.",
            $"{RuntimeInformation.FrameworkDescription}, {stage.PostgresDescription}, Redis {redis}, wrk {wrk}, Node.js {node}, {string.Join(", ", packages)}.",
        ];
    }

    private static async Task<string> FirstAsync(string program, string[] arguments, CancellationToken cancellationToken) =>
        Version().Match(await TextAsync(program, arguments, cancellationToken)).Value;

    private static async Task<string> TextAsync(string program, string[] arguments, CancellationToken cancellationToken) =>
        (await Command.RunAsync(Prerequisites.Path(program), arguments, null, Bound, cancellationToken)).Output;

    [GeneratedRegex(@"\d+(\.\d+)+")]
    private static partial Regex Version();
}
