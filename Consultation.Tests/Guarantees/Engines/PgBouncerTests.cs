using System.Diagnostics;
using System.Net;
using Consultation.Tests.Support;
using Consultation.Tests.Support.Engines;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Guarantees.Engines;

/// <summary>A PostgreSQL with a PgBouncer in transaction mode before it, and empty databases behind it.</summary>
public sealed class PooledPostgres : IAsyncLifetime
{
    private PgBouncer _bouncer = null!;
    private int _databases;

    internal PostgresServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await PostgresServer.StartAsync("fsync=off");
        _bouncer = await PgBouncer.StartAsync(Server);
    }

    public async ValueTask DisposeAsync()
    {
        await _bouncer.DisposeAsync();
        await Server.DisposeAsync();
    }

    /// <returns>Connection strings of a new, empty database: through the pooler, and past it.</returns>
    internal async Task<(string Pooled, string Direct)> NewDatabaseAsync()
    {
        var name = $"shop_{Interlocked.Increment(ref _databases)}";
        await Server.ExecuteAsync($"create database {name}", "postgres");
        return (Named(_bouncer.ConnectionString), new NpgsqlConnectionStringBuilder(Named(Server.ConnectionString)) { Pooling = false }.ConnectionString);

        string Named(string connection) => new NpgsqlConnectionStringBuilder(connection) { Database = name }.ConnectionString;
    }
}

/// <summary>
/// Contract 10: PostgreSQL may be behind PgBouncer in transaction mode, without a setting on its side. There a session is whoever comes
/// next: nothing that one has set, locked or prepared may be relied on, or left behind.
/// </summary>
[Collection(RealProcesses.Name)]
public sealed class PgBouncerTests(TestServers servers, PooledPostgres pooled, PublishedBuild build) : IClassFixture<PooledPostgres>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private readonly string _redis = servers.NewRedis();

    [Fact]
    public async Task Three_replicas_that_start_at_once_migrate_an_empty_database_together()
    {
        var (postgres, direct) = await pooled.NewDatabaseAsync();
        var replicas = await StartAsync(postgres);
        try
        {
            await Task.WhenAll(replicas.Select(ReadyAsync));

            Assert.All(replicas, replica => Assert.DoesNotContain(
                replica.Log.All, line => line.Level >= LogLevel.Warning && line.Text.Contains("migrat", StringComparison.OrdinalIgnoreCase)));
            Assert.Equal(await ScalarAsync<int>(direct, "select count(distinct version) from schema_version"), await ScalarAsync<int>(direct, "select count(*) from schema_version"));
            Assert.Single(replicas.SelectMany(replica => replica.Log.Of(LogLevel.Information)), line => line.StartsWith("The schema is at version", StringComparison.Ordinal));
        }
        finally
        {
            await EndAsync(replicas);
        }
    }

    [Fact]
    public async Task Every_route_the_races_and_the_outbox_work_through_it()
    {
        const int Slots = 20;
        var (postgres, direct) = await pooled.NewDatabaseAsync();
        var replicas = await StartAsync(postgres);
        try
        {
            await Task.WhenAll(replicas.Select(ReadyAsync));
            var staff = new Staff(replicas[0].Http);
            var start = new DateTimeOffset(DateTime.UtcNow.Date.AddDays(3).AddHours(9), TimeSpan.Zero);
            var slots = new List<long>();
            for (var index = 0; index < Slots; index++)
                slots.Add((long)(await staff.CreateSlot(new { startTime = start.AddHours(index), endTime = start.AddHours(index).AddMinutes(30) }))["id"]);

            var answers = await Task.WhenAll(Enumerable.Range(0, 6 * Slots).Select(async index =>
                (Slot: slots[index % Slots], Answer: await replicas[index % 3].Http.BookAsync(slots[index % Slots], Tokens.Customer($"customer-{index % 7}", email: "ada@example.org")))));
            Assert.Equal(slots.Order(), answers.Where(each => each.Answer.Status == HttpStatusCode.Created).Select(each => each.Slot).Order());
            Assert.All(answers.Where(each => each.Answer.Status != HttpStatusCode.Created), each => Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", each.Answer.Code));

            var booking = (long)answers.First(each => each.Answer.Status == HttpStatusCode.Created).Answer["id"];
            var free = (long)(await staff.CreateSlot(new { startTime = start.AddDays(9), endTime = start.AddDays(9).AddMinutes(30) }))["id"];
            var asked = new List<Answer>();
            for (var round = 0; round < 5; round++) // statements that are asked for again are where prepared ones would show
            {
                foreach (var replica in replicas)
                {
                    var other = new Staff(replica.Http);
                    asked.AddRange(await Task.WhenAll(
                        replica.Http.GetAsync(HttpJson.Slots, null), replica.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer("customer-1")), replica.Http.GetAsync("/health/ready", null),
                        other.Slots(), other.Slot(free), other.UpdateSlot(free, new { isActive = round % 2 == 0 }), other.Bookings(), other.Booking(booking), other.MarkContacted(booking),
                        other.GenerateSlots(new { startDate = $"{start:yyyy-MM-dd}", endDate = $"{start:yyyy-MM-dd}", daysOfWeek = new[] { "MON-SUN" }, startTime = "00:00", endTime = "02:00", intervalMinutes = 30, onConflict = "skip" })));
                }
            }
            Assert.All(asked, answer => Assert.True(answer.Message.IsSuccessStatusCode, $"{answer.Message.RequestMessage?.RequestUri}: {answer.Text}"));
            Assert.Equal(HttpStatusCode.NoContent, (await staff.DeleteSlot(free)).Status);

            await Bounded.UntilAsync("the outbox is empty", Soon, async () => await ScalarAsync<int>(direct, "select count(*) from notification_outbox where queued_at is null") == 0);
            Assert.All(replicas, replica => Assert.Empty(replica.Log.Of(LogLevel.Error)));
        }
        finally
        {
            await EndAsync(replicas);
        }
    }

    [Fact]
    public async Task Deadlines_are_kept_through_it_and_nothing_is_left_on_its_connections()
    {
        var (postgres, direct) = await pooled.NewDatabaseAsync();
        var replicas = await StartAsync(postgres);
        try
        {
            await Task.WhenAll(replicas.Select(ReadyAsync));
            var slot = await ScalarAsync<long>(direct, "insert into consultation_slot (date, start_time, end_time) values (current_date + 2, now() + interval '2 days', now() + interval '3 days') returning id");
            await using (await LockedSlot.TakeAsync(direct, slot))
            {
                var began = Stopwatch.GetTimestamp();
                var answers = await Task.WhenAll(replicas.Select(replica => replica.Http.BookAsync(slot)));
                Assert.All(answers, answer => Assert.Equal("SERVICE_UNAVAILABLE", answer.Code));
                Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 5);
                await Bounded.UntilAsync("no statement goes on after its client was told", TimeSpan.FromSeconds(2), async () =>
                    await ScalarAsync<int>(direct, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 0);
            }
            Assert.Equal(HttpStatusCode.Created, (await replicas[0].Http.BookAsync(slot)).Status);

            Assert.Equal(0, await ScalarAsync<int>(direct, "select count(*) from pg_locks where locktype = 'advisory'"));
            var strangers = new List<NpgsqlConnection>(); // whoever comes next has defaults, whichever of the pooler's connections it gets
            for (var index = 0; index < 10; index++)
            {
                var stranger = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(postgres) { Pooling = false }.ConnectionString);
                strangers.Add(stranger);
                await stranger.OpenAsync(TestContext.Current.CancellationToken);
                await stranger.ExecuteAsync("begin;"); // a connection of its own until it ends
                Assert.Equal(("0", "0"), await stranger.QuerySingleAsync<(string, string)>("select current_setting('statement_timeout'), current_setting('lock_timeout')"));
            }
            foreach (var stranger in strangers)
                await stranger.DisposeAsync();
        }
        finally
        {
            await EndAsync(replicas);
        }
    }

    [Fact]
    public async Task The_command_migrate_works_through_it_twice_and_leaves_no_lock_behind()
    {
        var (postgres, direct) = await pooled.NewDatabaseAsync();
        for (var run = 1; run <= 2; run++)
        {
            await using var migrate = ServerProcess.Start(
                Path.GetDirectoryName(build.Assembly)!, null, "dotnet", [build.Assembly, "migrate"],
                [("ConnectionStrings__Postgres", postgres), ("ASPNETCORE_ENVIRONMENT", "Production")]);
            Assert.True(await migrate.ExitAsync(TimeSpan.FromSeconds(20)) == 0, string.Join('\n', migrate.Output));
            Assert.Equal(0, await ScalarAsync<int>(direct, "select count(*) from pg_locks where locktype = 'advisory'"));
        }
        Assert.True(await ScalarAsync<bool>(direct, "select exists (select from schema_version)"));
    }

    private Task<Replica[]> StartAsync(string postgres) => Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        new Replica(TimeProvider.System, new(), ("ConnectionStrings:Postgres", postgres), ("ConnectionStrings:Redis", _redis)))));

    private static async Task EndAsync(Replica[] replicas)
    {
        foreach (var replica in replicas)
            await replica.DisposeAsync();
    }

    private static Task ReadyAsync(Replica replica) => Bounded.UntilAsync("the replica is ready", Soon, async () =>
        (await replica.Http.GetAsync("/health/ready", null)).Status == HttpStatusCode.OK);

    private static async Task<T?> ScalarAsync<T>(string connection, string sql)
    {
        await using var session = new NpgsqlConnection(connection);
        return await session.ExecuteScalarAsync<T>(sql);
    }
}
