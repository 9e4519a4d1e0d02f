using System.Collections.Concurrent;
using System.Net;
using Consultation.Tests.Support;
using Consultation.Tests.Support.Engines;
using Xunit;

namespace Consultation.Tests.Guarantees.Engines;

/// <summary>Eight replicas on one PostgreSQL of a hundred connections, as it comes, and one Redis.</summary>
public sealed class EightReplicas(TestServers servers, PublishedBuild build) : IAsyncLifetime
{
    internal const int Count = 8;

    internal PostgresServer Postgres { get; private set; } = null!;

    internal PublishedService[] Replicas { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Postgres = await PostgresServer.StartAsync("fsync=off");
        var redis = servers.NewRedis();
        Replicas = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => PublishedService.StartReadyAsync(build, Postgres.ConnectionString + ";Maximum Pool Size=7", redis)));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Replicas.Select(replica => replica.DisposeAsync().AsTask()));
        await Postgres.DisposeAsync();
    }
}

/// <summary>What holds for one replica holds for eight.</summary>
[Collection(RealProcesses.Name)]
public sealed class EightReplicasTests(EightReplicas eight) : IClassFixture<EightReplicas>, IAsyncLifetime
{
    /// <summary>What docs/operations.md says of eight replicas with a pool of seven: they fit into a PostgreSQL as it comes, which has 97 connections for them, and leave ten to people.</summary>
    private const int ConnectionsOfAReplica = 10, AllConnections = (EightReplicas.Count * ConnectionsOfAReplica) + 7;

    private readonly HttpClient[] _clients = [.. eight.Replicas.Select(replica => PublishedService.NewClient(replica.Address, connections: 64))];

    public async ValueTask InitializeAsync() =>
        await eight.Postgres.ExecuteAsync("truncate notification_outbox, consultation_booking, consultation_slot");

    public ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Each_slot_has_one_booking_though_all_replicas_race_for_it_and_no_list_is_stale()
    {
        var watched = await eight.Postgres.SlotsAsync(8, daysFromNow: 2);
        var raced = await eight.Postgres.SlotsAsync(40, daysFromNow: 60);
        await using var watch = new FreshnessWatch(_clients, watched, writers: 4);

        var answers = new ConcurrentBag<(long Slot, Answer Answer)>();
        foreach (var slot in raced)
            foreach (var answer in await Task.WhenAll(_clients.Concat(_clients).Select(http => http.BookAsync(slot))))
                answers.Add((slot, answer));
        await Bounded.UntilAsync("lists and writes went on for a while", TimeSpan.FromSeconds(15), () => Task.FromResult(watch.Reads > 400 && watch.Writes > 100));
        await watch.StopAsync();

        Assert.Equal(raced.Order(), answers.Where(each => each.Answer.Status == HttpStatusCode.Created).Select(each => each.Slot).Order());
        Assert.All(answers.Where(each => each.Answer.Status != HttpStatusCode.Created), each => Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", each.Answer.Code));
        Assert.Empty(watch.Failures);
        Assert.Empty(watch.Stale());
    }

    [Fact]
    public async Task Connections_stay_within_the_budget_under_more_load_than_there_are_connections()
    {
        const int Requests = 64;
        var slots = await eight.Postgres.SlotsAsync(100, daysFromNow: 2);
        var peak = 0L;
        using var stop = new CancellationTokenSource();
        var counting = CountAsync();

        Answer[] answers;
        var held = await LockedSlot.TakeAsync(eight.Postgres.ConnectionString, slots[0]); // so that every request keeps its connection for a moment
        await using (held)
        {
            var booking = _clients.SelectMany(http => Enumerable.Range(0, Requests).Select(_ => http.BookAsync(slots[0]))).ToList();
            await Bounded.UntilAsync("connections are taken", TimeSpan.FromSeconds(5), async () => await ConnectionsAsync() >= EightReplicas.Count);
            await held.DisposeAsync();
            answers = await Task.WhenAll(booking);
        }
        await stop.CancelAsync();
        await counting;
        TestContext.Current.SendDiagnosticMessage($"Eight replicas: {peak} connections at most, {answers.Count(answer => answer.Status == HttpStatusCode.ServiceUnavailable)} of {answers.Length} requests refused");

        Assert.InRange(peak, EightReplicas.Count, AllConnections);
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", answer.Code));

        async Task CountAsync()
        {
            while (!stop.IsCancellationRequested)
                peak = Math.Max(peak, await ConnectionsAsync());
        }

        async Task<long> ConnectionsAsync() =>
            (await eight.Postgres.QueryAsync<long>("select count(*) from pg_stat_activity where application_name like 'consultation%'"))[0];
    }
}
