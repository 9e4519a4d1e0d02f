using System.Runtime.CompilerServices;
using Consultation.Bench.Loads;
using Consultation.Bench.Servers;

namespace Consultation.Bench.Groups;

/// <summary>Slots booked, one each, as fast as it goes; and refusals.</summary>
internal static class Bookings
{
    internal const string Path = "/api/consultations/book";

    private const string Refusals = "service, slot taken";

    internal static async IAsyncEnumerable<Section> RunAsync(Stage stage, Rounds rounds, [EnumeratorCancellation] CancellationToken stop)
    {
        yield return await rounds.CompareAsync(AtOnce(stage), stop);
        yield return await rounds.CompareAsync(OneByOne(stage), stop);
    }

    private static Comparison AtOnce(Stage stage)
    {
        var title = $"Bookings, {Names.Connections(64)}";
        return new Comparison(
            title, "bookings",
            [
                new Contender(
                    Names.PgBench, ProcessId: null, TellsAllocations: false,
                    (seconds, stop) => PgBench.BookAsync(stage, seconds, notify: false, stop)),
                Of(Names.Service, stage, stage.Service, Path, 64),
                Of(Names.Peer, stage, stage.Peer, "/book", 64),
                new Contender(
                    Refusals, stage.Service.Process.Id, TellsAllocations: true, (seconds, stop) => RefuseAsync(stage, seconds, stop)),
            ],
            [
                new Ratio($"{title}: service over pgbench's textbook transaction", Names.Service, Names.PgBench, Ratio.PerSecond),
                new Ratio($"{title}: service over Fastify", Names.Service, Names.Peer, Ratio.PerSecond),
                new Ratio("Refusals of a taken slot over accepted bookings, 64 connections", Refusals, Names.Service, Ratio.PerSecond),
            ],
            Charted: true);
    }

    private static Comparison OneByOne(Stage stage)
    {
        var title = $"Bookings, {Names.Connections(1)}";
        return new Comparison(
            title, "bookings",
            [Of(Names.Service, stage, stage.Service, Path, 1), Of(Names.Peer, stage, stage.Peer, "/book", 1)],
            [new Ratio($"{title}: service's median latency over Fastify's, less is better", Names.Service, Names.Peer, Ratio.Median)]);
    }

    private static Contender Of(string name, Stage stage, Server server, string path, int connections) => new(
        name, server.Process.Id, server == stage.Service,
        async (seconds, stop) =>
        {
            var load = await Wrk.BookAsync(server, path, await stage.Slots.FreshAsync(stop), connections, seconds, stop);
            return server == stage.Service ? load with { OnQueue = await stage.Slots.ShareOnQueueAsync(stop) } : load;
        });

    private static async Task<Load> RefuseAsync(Stage stage, int seconds, CancellationToken stop)
    {
        var slot = await stage.Slots.FreshAsync(stop);
        await stage.Slots.TakeAsync(slot, stop);
        return await Wrk.BookTakenAsync(stage.Service, Path, slot, 64, seconds, stop);
    }
}
