using System.Globalization;
using Consultation.Bench.Servers;
using Consultation.Infrastructure.Embedded;

namespace Consultation.Bench.Loads;

/// <summary>Runs wrk with load.lua.</summary>
internal static class Wrk
{
    private static readonly string Script = Path.Combine(Builds.Bench, "load.lua");

    internal static Task<Load> ListAsync(string url, int connections, int seconds, CancellationToken stop) =>
        RunAsync(url, connections, seconds, ["list"], refused: false, stop);

    /// <summary>Lists with a booking as every hundredth request.</summary>
    internal static Task<Load> MixedAsync(
        string url, string bookPath, long firstSlot, int connections, int seconds, CancellationToken stop) =>
        RunAsync(url, connections, seconds, ["mixed", bookPath, $"{firstSlot}"], refused: false, stop);

    internal static Task<Load> BookAsync(
        Server server, string path, long firstSlot, int connections, int seconds, CancellationToken stop) =>
        RunAsync(server.Url(path), connections, seconds, ["book", path, $"{firstSlot}"], refused: false, stop);

    /// <summary>All for one slot that is taken: each answer has to be a refusal.</summary>
    internal static Task<Load> BookTakenAsync(
        Server server, string path, long slot, int connections, int seconds, CancellationToken stop) =>
        RunAsync(server.Url(path), connections, seconds, ["taken", path, $"{slot}"], refused: true, stop);

    private static async Task<Load> RunAsync(
        string url, int connections, int seconds, string[] arguments, bool refused, CancellationToken stop)
    {
        string[] all = ["-t1", $"-c{connections}", $"-d{seconds}s", "-s", Script, url, "--", .. arguments];
        var outcome = await Command.RunAsync(Prerequisites.Path("wrk"), all, null, TimeSpan.FromSeconds(seconds + 30), stop);
        if (outcome.Output.Split('\n').FirstOrDefault(line => line.StartsWith("done ", StringComparison.Ordinal)) is not { } done)
            throw new InvalidOperationException($"wrk {string.Join(' ', all)} failed:\n{outcome.Output.Trim()}");

        var numbers = done.Split(' ')[1..].Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        var (requests, errors, failures) = (numbers[0], numbers[2], numbers[3]);
        var unexpected = refused ? requests - errors : errors;
        var fault = requests == 0 ? "nothing was answered"
            : unexpected > 0 ? $"{unexpected} of {requests} answers were {(refused ? "not refusals" : "not 2xx")}"
            : failures > 0 ? $"{failures} connections failed or timed out"
            : null;
        return new Load(requests, numbers[1] / 1e6, numbers[4] / 1000, numbers[5] / 1000, fault);
    }
}
