using Consultation.Bench.Loads;
using Consultation.Bench.Servers;

namespace Consultation.Bench;

/// <summary>
/// Runs contenders in turn, so that a machine whose speed drifts is as unkind to each, and every round in another order, so that none
/// always follows the same one. The first turn warms up: of it only allocations are kept, which are counted there so that the counting
/// slows no round that counts.
/// </summary>
internal sealed class Rounds(Stage stage, Options options)
{
    private sealed record Round(Load Load, double CpuMicroseconds, double RedisMicroseconds);

    internal async Task<Section> CompareAsync(Comparison comparison, CancellationToken stop)
    {
        var contenders = comparison.Contenders;
        var rounds = contenders.ToDictionary(contender => contender.Name, _ => new List<Round>());
        var allocated = new Dictionary<string, double>();
        foreach (var contender in contenders)
        {
            Progress.Say($"{comparison.Title}: warming up {contender.Name}");
            allocated[contender.Name] = await WarmUpAsync(contender, stop);
        }

        for (var round = 0; round < options.Rounds; round++)
        {
            for (var turn = 0; turn < contenders.Length; turn++)
            {
                var contender = contenders[(round + turn) % contenders.Length];
                Progress.Say($"{comparison.Title}: round {round + 1} of {options.Rounds}, {contender.Name}");
                rounds[contender.Name].Add(await RunAsync(contender, stop));
            }
        }

        return new Section(
            comparison.Title, comparison.Unit,
            [.. contenders.Select(contender => RowOf(contender.Name, rounds[contender.Name], allocated[contender.Name]))],
            [.. comparison.Ratios.Select(ratio => new Figure(ratio.Name, "", Spread.Of(Pairs(ratio, rounds))))],
            [.. contenders.SelectMany(contender => Faults(contender.Name, rounds[contender.Name]))],
            comparison.Charted);
    }

    private async Task<double> WarmUpAsync(Contender contender, CancellationToken stop)
    {
        if (!contender.TellsAllocations || contender.ProcessId is not { } processId)
        {
            await contender.RunAsync(options.WarmUpSeconds, stop);
            return double.NaN;
        }

        await using var counter = await AllocationCounter.StartAsync(processId, stop);
        var load = await contender.RunAsync(options.WarmUpSeconds, stop);
        return await counter.BytesAsync(stop) / load.Requests;
    }

    private async Task<Round> RunAsync(Contender contender, CancellationToken stop)
    {
        var (own, redis) = (Proc.CpuSeconds(contender.ProcessId), Proc.CpuSeconds(stage.Redis.Id));
        var load = await contender.RunAsync(options.RoundSeconds, stop);
        var (ownAfter, redisAfter) = (Proc.CpuSeconds(contender.ProcessId), Proc.CpuSeconds(stage.Redis.Id));
        var each = load.Requests / 1e6;
        return contender.ProcessId is null
            ? new Round(load, double.NaN, double.NaN)
            : new Round(load, (ownAfter - own) / each, (redisAfter - redis) / each);
    }

    private static Row RowOf(string name, List<Round> all, double allocated)
    {
        var rounds = all.Where(round => round.Load.Fault is null).ToArray();
        double Median(Func<Round, double> figure) => Statistics.Median(rounds.Select(figure));
        return new Row(
            name, Median(round => Ratio.PerSecond(round.Load)), Median(round => round.Load.MedianMs), Median(round => round.Load.P99Ms),
            Median(round => round.CpuMicroseconds), Median(round => round.RedisMicroseconds), allocated,
            Median(round => round.Load.OnQueue));
    }

    private static IEnumerable<double> Pairs(Ratio ratio, Dictionary<string, List<Round>> rounds) => rounds[ratio.Of]
        .Zip(rounds[ratio.Over])
        .Where(pair => pair.First.Load.Fault is null && pair.Second.Load.Fault is null)
        .Select(pair => ratio.Figure(pair.First.Load) / ratio.Figure(pair.Second.Load));

    private static IEnumerable<string> Faults(string name, List<Round> rounds) => rounds.Index()
        .Where(round => round.Item.Load.Fault is not null)
        .Select(round => $"Round {round.Index + 1} of {name} does not count: {round.Item.Load.Fault}.");
}
