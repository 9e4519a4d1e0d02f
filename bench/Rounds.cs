using System.Diagnostics;
using System.Globalization;

namespace Consultation.Bench;

/// <summary>What a contender did in one round: how many operations, in what time, with how many bytes allocated in the process.</summary>
internal readonly record struct Round(long Operations, TimeSpan Elapsed, long Allocated)
{
    public double PerSecond => Operations / Elapsed.TotalSeconds;
    public double BytesEach => (double)Allocated / Operations;
}

/// <summary>
/// Runs contenders in turn, A B C A B C, so that a machine whose speed drifts is as unkind to each, and prints medians and the ratio
/// to the first. The first round warms up and does not count.
/// </summary>
internal static class Rounds
{
    private const int Count = 5;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    public static async Task CompareAsync(string title, string unit, (string Name, Func<CancellationToken, Task<long>> Run)[] contenders)
    {
        var rounds = contenders.Select(_ => new List<Round>()).ToArray();
        for (var number = 0; number <= Count; number++)
            for (var contender = 0; contender < contenders.Length; contender++)
                if (await RunAsync(contenders[contender].Run) is var round && number > 0)
                    rounds[contender].Add(round);

        Console.WriteLine($"\n{title}");
        foreach (var ((name, _), own) in contenders.Zip(rounds))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {name,-34} {Median(own.Select(round => round.PerSecond)),9:N0} {unit}/s   x {Ratio(own, rounds[0]),5:0.00}   {Median(own.Select(round => round.BytesEach)),8:N0} B each"));
    }

    private static async Task<Round> RunAsync(Func<CancellationToken, Task<long>> run)
    {
        GC.Collect();
        using var end = new CancellationTokenSource();
        var (allocated, started) = (GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
        end.CancelAfter(Length);
        var operations = await run(end.Token);
        return new Round(operations, Stopwatch.GetElapsedTime(started), GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    /// <summary>Round by round, since neighbours in time had the same machine.</summary>
    private static double Ratio(List<Round> own, List<Round> first) => Median(own.Zip(first, (mine, its) => mine.PerSecond / its.PerSecond));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
