using System.Globalization;
using System.Text.RegularExpressions;
using Consultation.Bench.Servers;
using Consultation.Infrastructure.Embedded;

namespace Consultation.Bench.Loads;

/// <summary>Runs PostgreSQL's own pgbench with textbook.sql: what the database can do when nobody stands before it.</summary>
internal static partial class PgBench
{
    private const int Clients = 16;

    internal static async Task<Load> BookAsync(Stage stage, int seconds, bool notify, CancellationToken stop)
    {
        var first = await stage.Slots.FreshAsync(stop);
        var logs = Directory.CreateTempSubdirectory("pgbench-").FullName;
        try
        {
            // Every fifth transaction's time is enough for percentiles, and its writing costs next to nothing.
            var outcome = await Command.RunAsync(
                Prerequisites.Path("pgbench"),
                [
                    "--no-vacuum", "--protocol=prepared", $"--client={Clients}", "--jobs=1", $"--time={seconds}",
                    "--log", $"--log-prefix={Path.Combine(logs, "log")}", "--sampling-rate=0.2",
                    $"--file={Path.Combine(Builds.Bench, "textbook.sql")}", "--define=n=-1", $"--define=first={first}",
                    $"--define=each={stage.Slots.PerClient(Clients)}", $"--define=notify={(notify ? 1 : 0)}",
                    stage.Slots.PostgresAddress,
                ],
                null, TimeSpan.FromSeconds(seconds + 30), stop);
            if (Tps().Match(outcome.Output) is not { Success: true } tps || outcome.ExitCode != 0)
                throw new InvalidOperationException($"pgbench failed:\n{outcome.Output.Trim()}");

            // "client transaction microseconds script epoch microseconds"
            var times = Directory.GetFiles(logs).SelectMany(File.ReadLines)
                .Select(line => double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture) / 1000).Order().ToArray();
            var perSecond = double.Parse(tps.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            return new Load(perSecond * seconds, seconds, Statistics.Quantile(times, 0.5), Statistics.Quantile(times, 0.99));
        }
        finally
        {
            Directory.Delete(logs, recursive: true);
        }
    }

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Tps();
}
