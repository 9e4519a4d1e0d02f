using System.Runtime.CompilerServices;
using Consultation.Bench.Loads;
using Consultation.Bench.Servers;

namespace Consultation.Bench.Groups;

/// <summary>Open slots, asked for again and again.</summary>
internal static class Lists
{
    internal static async IAsyncEnumerable<Section> RunAsync(Stage stage, Rounds rounds, [EnumeratorCancellation] CancellationToken stop)
    {
        yield return await rounds.CompareAsync(Cached(stage, "20", stage.Slots.List20, 64, charted: true), stop);
        yield return await rounds.CompareAsync(Cached(stage, "200", stage.Slots.List200, 64, charted: true), stop);
        yield return await rounds.CompareAsync(WithBookings(stage), stop);
        yield return await rounds.CompareAsync(Cached(stage, "20", stage.Slots.List20, 1, charted: false), stop);
    }

    private static Comparison Cached(Stage stage, string count, string list, int connections, bool charted)
    {
        var title = $"List of {count} slots, {Names.Connections(connections)}";
        Contender Of(string name, Server server, string path, bool dotNet) => new(
            name, server.Process.Id, dotNet, (seconds, stop) => Wrk.ListAsync(server.Url(path), connections, seconds, stop));
        return new Comparison(
            title, "lists",
            [
                Of(Names.Floor, stage.Floor, $"/{count}", dotNet: true),
                Of(Names.Service, stage.Service, list, dotNet: true),
                Of(Names.Peer, stage.Peer, $"/{count}", dotNet: false),
            ],
            [
                new Ratio($"{title}: service over bare Kestrel", Names.Service, Names.Floor, Ratio.PerSecond),
                new Ratio($"{title}: service over Fastify", Names.Service, Names.Peer, Ratio.PerSecond),
            ],
            charted);
    }

    /// <summary>Each booking makes the service read the list from PostgreSQL again; the floor answers bookings from memory, too.</summary>
    private static Comparison WithBookings(Stage stage)
    {
        var title = $"List of 20 slots with 1 % bookings, {Names.Connections(64)}";
        Contender Of(string name, Server server, string list, string book) => new(
            name, server.Process.Id, TellsAllocations: true,
            async (seconds, stop) => await Wrk.MixedAsync(
                server.Url(list), book, await stage.Slots.FreshAsync(stop), 64, seconds, stop));
        return new Comparison(
            title, "requests",
            [Of(Names.Floor, stage.Floor, "/20", "/20"), Of(Names.Service, stage.Service, stage.Slots.List20, Bookings.Path)],
            [new Ratio($"{title}: service over bare Kestrel", Names.Service, Names.Floor, Ratio.PerSecond)],
            Charted: true);
    }
}
