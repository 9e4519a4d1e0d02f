using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Dapper;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Guarantees;

/// <summary>A PostgreSQL that may be hurt, and one replica that lives through all of it, in the same process.</summary>
public sealed class HurtPostgres(TestServers servers, PublishedBuild build) : IAsyncLifetime
{
    internal const int MaxConnections = 60;

    private readonly TemporaryFolder _folder = new();

    internal EmbeddedPostgres Server { get; private set; } = null!;

    internal PublishedService Replica { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await EmbeddedPostgres.StartAsync(Path.Combine(_folder.Path, "postgres"), CancellationToken.None, "fsync=off", $"max_connections={MaxConnections}");
        Replica = await StartReplicaAsync();
        await Replica.ReadyAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        await Replica.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    internal Task<PublishedService> StartReplicaAsync() => PublishedService.StartAsync(build, Server.ConnectionString, servers.NewRedis());
}

/// <summary>
/// Guarantee 6: with PostgreSQL down or hanging, 503 SERVICE_UNAVAILABLE within 5 s; a list that is validly cached is still served; when it
/// is back, the service recovers without a restart. Readiness says so throughout, liveness is not touched, the pool stays bounded.
/// </summary>
[Collection(RealProcesses.Name)]
public sealed class DatabaseOutageTests(HurtPostgres hurt) : IClassFixture<HurtPostgres>, IAsyncLifetime
{
    private const int SigInt = 2, SigCont = 18, SigStop = 19;
    private const int PoolSize = 25;
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(20);

    private readonly string _admin = Tokens.Admin();
    private readonly string _customer = Tokens.Customer();
    private readonly HttpClient _http = PublishedService.NewClient(hurt.Replica.Address, connections: 100);
    private long[] _slots = [];

    public async ValueTask InitializeAsync()
    {
        await ExecuteAsync("truncate notification_outbox, consultation_cancelled_booking, consultation_booking, consultation_slot");
        _slots = await QueryAsync<long>(
            """
            insert into consultation_slot (date, start_time, end_time)
            select (start at time zone 'UTC')::date, start, start + interval '30 minutes'
            from generate_series(date_trunc('hour', now()) + interval '2 hours', now() + interval '7 days', interval '30 minutes') start
            returning id
            """);
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Killed_and_a_replica_that_starts_meanwhile_becomes_ready_too()
    {
        PublishedService? late = null;
        try
        {
            await OutageAsync(
                async () =>
                {
                    await hurt.Server.KillAsync();
                    late = await hurt.StartReplicaAsync();
                    Assert.Equal(HttpStatusCode.OK, (await late.Http.GetAsync("/health/live")).StatusCode);
                    Assert.Equal(HttpStatusCode.ServiceUnavailable, (await late.Http.GetAsync("/health/ready")).StatusCode);
                },
                hurt.Server.StartAgainAsync,
                replicas: 2);
            await late!.ReadyAsync(Recovery);
        }
        finally
        {
            if (late is not null)
                await late.DisposeAsync();
        }
    }

    [Fact]
    public Task Stopped() => OutageAsync(StopServerAsync, hurt.Server.StartAgainAsync);

    [Fact]
    public async Task Hanging_with_a_statement_under_way()
    {
        await using var own = await OpenAsync();
        await own.ExecuteAsync("begin; select from consultation_slot where id = @id for update", new { id = _slots[^1] });
        var underWay = TimedAsync(() => _http.BookAsync(_slots[^1]));
        await UntilWaitingForLockAsync();
        int[] frozen = [];
        try
        {
            await OutageAsync(
                () =>
                {
                    frozen = ServerProcesses();
                    Array.ForEach(frozen, process => PublishedService.Signal(process, SigStop));
                    return Task.CompletedTask;
                },
                () =>
                {
                    Array.ForEach(frozen, process => PublishedService.Signal(process, SigCont));
                    return Task.CompletedTask;
                });
        }
        finally
        {
            Array.ForEach(frozen, process => PublishedService.Signal(process, SigCont));
        }
        AssertUnavailable(await underWay);
    }

    [Fact]
    public async Task Out_of_connections()
    {
        var held = new List<NpgsqlConnection>();
        try
        {
            await OutageAsync(
                async () =>
                {
                    held.Add(await OpenAsync());
                    await Bounded.UntilAsync("all connections are taken", TimeSpan.FromSeconds(20), async () =>
                    {
                        await held[0].ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'consultation%'");
                        while (await TryOpenAsync() is { } one)
                            held.Add(one);
                        return await held[0].ExecuteScalarAsync<int>("select count(*) from pg_stat_activity where application_name like 'consultation%'") == 0;
                    });
                },
                async () =>
                {
                    foreach (var connection in held)
                        await connection.DisposeAsync();
                });
        }
        finally
        {
            foreach (var connection in held)
                await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Restarted_under_load_loses_nothing_that_was_answered()
    {
        using var stop = new CancellationTokenSource();
        var answers = new ConcurrentBag<(Answer Answer, TimeSpan Took)>();
        var next = -1;
        var load = Enumerable.Range(0, 8).Select(async _ =>
        {
            while (!stop.IsCancellationRequested && Interlocked.Increment(ref next) is var index)
                answers.Add(await TimedAsync(() => _http.BookAsync(_slots[index / 3 % _slots.Length])));
        }).ToList();

        await Bounded.UntilAsync("bookings are made", Recovery, () => Task.FromResult(answers.Count > 50));
        await StopServerAsync();
        await hurt.Server.StartAgainAsync();
        await hurt.Replica.ReadyAsync(Recovery);
        var before = answers.Count;
        await Bounded.UntilAsync("requests are answered again", Recovery, () => Task.FromResult(answers.Count > before + 50));
        await stop.CancelAsync();
        await Task.WhenAll(load);

        Assert.All(answers, each => Assert.Contains(each.Answer.Code, new[] { null, "CONSULTATION_SLOT_ALREADY_BOOKED", "SERVICE_UNAVAILABLE" }));
        Assert.All(answers, each => Assert.InRange(each.Took, TimeSpan.Zero, Promise));
        var booked = answers.Where(each => each.Answer.Status == HttpStatusCode.Created).Select(each => (long)each.Answer["id"]).ToList();
        Assert.Empty(booked.Except(await QueryAsync<long>("select booking_id from notification_outbox")));
        Assert.Empty(booked.Except(await QueryAsync<long>("select id from consultation_booking")));
    }

    [Fact]
    public async Task A_lock_held_on_a_slot_for_ten_seconds_hurts_that_slot_alone()
    {
        Assert.Equal(HttpStatusCode.Created, (await _http.BookAsync(_slots[^1])).Status);
        var held = Stopwatch.GetTimestamp();
        await using var own = await OpenAsync();
        await own.ExecuteAsync("begin; select from consultation_slot where id = @id for update", new { id = _slots[0] });
        await using (var watch = new Watch(hurt.Replica))
        {
            for (var other = 1; Stopwatch.GetElapsedTime(held) < TimeSpan.FromSeconds(8); other++)
            {
                var blocked = Enumerable.Range(0, 8).Select(_ => TimedAsync(() => _http.BookAsync(_slots[0]))).Append(
                    TimedAsync(() => _http.PatchAsync($"{HttpJson.AdminSlots}/{_slots[0]}", new { isActive = false }, _admin))).Append(
                    TimedAsync(() => _http.DeleteAsync($"{HttpJson.AdminSlots}/{_slots[0]}", _admin))).ToList();
                var (answer, took) = await TimedAsync(() => _http.BookAsync(_slots[other]));
                Assert.Equal(HttpStatusCode.Created, answer.Status);
                Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
                Assert.All(await Task.WhenAll(blocked), AssertUnavailable);
            }
            Assert.All(watch.Readiness, probe => Assert.Equal(HttpStatusCode.OK, probe.Status));
        }

        // more than the pool has: nobody waits longer for that
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 2 * PoolSize).Select(_ => TimedAsync(() => _http.BookAsync(_slots[0])))), AssertUnavailable);
        await own.ExecuteAsync("rollback");
        await hurt.Replica.ReadyAsync(Recovery);
        Assert.Equal(HttpStatusCode.Created, (await _http.BookAsync(_slots[0])).Status);
        Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", (await _http.BookAsync(_slots[0])).Code);
    }

    private async Task OutageAsync(Func<Task> break_, Func<Task> heal, int replicas = 1)
    {
        var list = await _http.GetAsync(HttpJson.Slots, token: null);
        Assert.Equal(HttpStatusCode.OK, list.Status);
        Assert.Equal(HttpStatusCode.Created, (await _http.BookAsync(_slots[0])).Status);
        list = await _http.GetAsync(HttpJson.Slots, token: null);

        await using var watch = new Watch(hurt.Replica);
        await break_();
        var broken = Stopwatch.GetTimestamp();
        var cached = await TimedAsync(() => _http.GetAsync(HttpJson.Slots, token: null));
        Assert.Equal((HttpStatusCode.OK, list.Text), (cached.Answer.Status, cached.Answer.Text));
        Assert.InRange(cached.Took, TimeSpan.Zero, TimeSpan.FromSeconds(1));

        var answers = new List<(Answer Answer, TimeSpan Took)>();
        for (var wave = 0; wave < 2; wave++)
            answers.AddRange(await Task.WhenAll(Enumerable.Range(1, 2 * PoolSize).Select(index => TimedAsync(() => (index % 5) switch
            {
                0 => _http.GetAsync($"{HttpJson.AdminSlots}/{_slots[index]}", _admin),
                1 => _http.GetAsync(HttpJson.MyBookings, _customer),
                2 => _http.PatchAsync($"{HttpJson.AdminSlots}/{_slots[index]}", new { isActive = true }, _admin),
                _ => _http.BookAsync(_slots[index]),
            }))));
        await Bounded.UntilAsync("readiness has been looked at", Recovery, () => Task.FromResult(watch.Readiness.Count(probe => probe.Started > broken) > 2));
        var healed = Stopwatch.GetTimestamp();
        await heal();
        await hurt.Replica.ReadyAsync(Recovery);

        Assert.All(answers, AssertUnavailable);
        TestContext.Current.SendDiagnosticMessage($"slowest {answers.Max(each => each.Took).TotalSeconds:0.00} s");
        await Bounded.UntilAsync("a booking succeeds", Recovery, async () => (await _http.BookAsync(_slots[2 * PoolSize + 1])).Code is null or "CONSULTATION_SLOT_ALREADY_BOOKED");
        Assert.All(await Task.WhenAll(Enumerable.Range(2 * PoolSize + 2, PoolSize).Select(index => _http.BookAsync(_slots[index]))), answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
        // in time: a server that hung has yet to notice who has gone
        await Bounded.UntilAsync("the pools keep to their bound", Recovery, async () =>
            (await QueryAsync<int>("select count(*) from pg_stat_activity where application_name = 'consultation'"))[0] <= replicas * PoolSize);

        Assert.All(watch.Readiness.Where(probe => probe.Started > broken && probe.Ended < healed), probe => Assert.Equal(HttpStatusCode.ServiceUnavailable, probe.Status));
        Assert.All(watch.Readiness, probe => Assert.InRange(probe.Took, TimeSpan.Zero, TimeSpan.FromSeconds(4)));
        Assert.All(watch.Liveness, probe => Assert.Equal(HttpStatusCode.OK, probe.Status));
        Assert.All(watch.Liveness, probe => Assert.InRange(probe.Took, TimeSpan.Zero, TimeSpan.FromSeconds(2)));
    }

    private static void AssertUnavailable((Answer Answer, TimeSpan Took) each)
    {
        var (answer, took) = each;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "SERVICE_UNAVAILABLE"), (answer.Status, answer.Code));
        Assert.Equal("application/problem+json", answer.Message.Content.Headers.ContentType?.MediaType);
        Assert.True(int.Parse(answer.Header("Retry-After")!, CultureInfo.InvariantCulture) > 0);
        Assert.InRange(took, TimeSpan.Zero, Promise);
    }

    private static async Task<(Answer Answer, TimeSpan Took)> TimedAsync(Func<Task<Answer>> send)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await send();
        return (answer, Stopwatch.GetElapsedTime(started));
    }

    private Task StopServerAsync()
    {
        PublishedService.Signal(hurt.Server.ProcessId!.Value, SigInt); // a fast shutdown
        return Bounded.UntilAsync("PostgreSQL has stopped", Recovery, () => Task.FromResult(hurt.Server.ProcessId is null));
    }

    private int[] ServerProcesses()
    {
        var postmaster = hurt.Server.ProcessId!.Value;
        var children = File.ReadAllText($"/proc/{postmaster}/task/{postmaster}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return [postmaster, .. children.Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
    }

    private Task UntilWaitingForLockAsync() => Bounded.UntilAsync("a booking waits for the lock", Recovery, async () =>
        (await QueryAsync<int>("select count(*) from pg_stat_activity where application_name = 'consultation' and wait_event_type = 'Lock'"))[0] > 0);

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(hurt.Server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private async Task<NpgsqlConnection?> TryOpenAsync()
    {
        try
        {
            return await OpenAsync();
        }
        catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
        {
            return null;
        }
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    private async Task<T[]> QueryAsync<T>(string sql)
    {
        await using var connection = await OpenAsync();
        return [.. await connection.QueryAsync<T>(sql)];
    }
}

/// <summary>Asks a replica how it is, all the time, as an orchestrator does but more often.</summary>
internal sealed class Watch : IAsyncDisposable
{
    internal sealed record Probe(HttpStatusCode Status, long Started, long Ended)
    {
        public TimeSpan Took => Stopwatch.GetElapsedTime(Started, Ended);
    }

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _probing;

    public Watch(PublishedService service)
    {
        _http = PublishedService.NewClient(service.Address);
        _probing = [ProbeAsync("/health/live", Liveness), ProbeAsync("/health/ready", Readiness)];
    }

    public ConcurrentQueue<Probe> Liveness { get; } = new();

    public ConcurrentQueue<Probe> Readiness { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_probing);
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task ProbeAsync(string path, ConcurrentQueue<Probe> probes)
    {
        while (!_stop.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            HttpStatusCode status;
            try
            {
                using var answer = await _http.GetAsync(path);
                status = answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                status = 0; // no answer: for the test to judge
            }
            probes.Enqueue(new Probe(status, started, Stopwatch.GetTimestamp()));
            await Task.Delay(Interval);
        }
    }
}
