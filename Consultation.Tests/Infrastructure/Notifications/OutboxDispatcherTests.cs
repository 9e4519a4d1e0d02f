using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Consultation.Infrastructure;
using Consultation.Infrastructure.Notifications;
using Consultation.Tests.Support;
using Dapper;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Infrastructure.Notifications;

public sealed class OutboxDispatcherTests(LocalPostgres postgres) : IClassFixture<LocalPostgres>, IAsyncLifetime
{
    private const string P = "bull:notifications:";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private LocalRedis _redis = null!;
    private ConnectionMultiplexer _connection = null!;

    private NpgsqlDataSource Database => postgres.Database;

    private IDatabase Queue => _connection.GetDatabase();

    private Settings Settings => Replica.SettingsFor(_redis);

    public async ValueTask InitializeAsync()
    {
        await Outbox.ResetAsync(Database);
        _redis = await LocalRedis.StartAsync();
        _connection = await _redis.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task A_guests_booking_owes_an_email_and_a_customers_a_push_as_well()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        var guest = await Outbox.BookAsync(Database);
        var customer = await Outbox.BookAsync(Database, "c-1");
        var earliest = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        replica.Signal.Wake();

        await Outbox.AllQueuedAsync(Database, Soon);

        string[] keys = [$"consultation:booking:{guest}:email", $"consultation:booking:{customer}:email", $"consultation:booking:{customer}:push:c-1"];
        Assert.Equal(keys, (await Outbox.RowsAsync(Database)).Select(row => row.DedupKey));
        Assert.All(await Outbox.RowsAsync(Database), row => Assert.True(row is { Attempts: 1, LastError: null }));
        Assert.Equal(keys.Order(), await WaitingAsync());
        foreach (var id in await Queue.ListRangeAsync($"{P}wait"))
        {
            var job = (await Queue.HashGetAllAsync($"{P}{id}")).ToDictionary(field => field.Name.ToString(), field => field.Value.ToString());
            var deid = job["deid"];
            Assert.Equal(deid.Contains(":push:", StringComparison.Ordinal) ? "notification.send_push" : "notification.send_email", job["name"]);
            Assert.Equal(
                $$$"""{"attempts":5,"backoff":{"type":"exponential","delay":1000},"removeOnComplete":{"age":86400},"removeOnFail":{"age":604800},"de":{"id":"{{{deid}}}","ttl":2592000000}}""",
                job["opts"]);
            Assert.Equal(("0", "0"), (job["delay"], job["priority"]));
            Assert.InRange(long.Parse(job["timestamp"], null), earliest - 5_000, earliest + 10_000);
            Assert.Contains($"\"dedupKey\":\"{deid}\"", job["data"], StringComparison.Ordinal);
            Assert.InRange((await Queue.KeyTimeToLiveAsync($"{P}de:{deid}"))!.Value, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));
        }

        Assert.Equal("10000", await Queue.HashGetAsync($"{P}meta", "opts.maxLenEvents"));
        Assert.Equal(0, await Queue.SortedSetScoreAsync($"{P}marker", "0"));
    }

    [Fact]
    public async Task In_development_each_queued_job_is_a_log_line_without_personal_data()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        var booking = await Outbox.BookAsync(Database, name: "Grace Hopper");
        replica.Signal.Wake();

        await Outbox.AllQueuedAsync(Database, Soon);
        await Eventually.Async("the line is written", Soon, () => Task.FromResult(!replica.Lines.IsEmpty));

        Assert.Contains(replica.Lines, line => line.Contains($"notification.send_email of booking {booking}", StringComparison.Ordinal));
        Assert.DoesNotContain(replica.Lines, line => line.Contains("Grace", StringComparison.Ordinal) || line.Contains("ada@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wake_does_not_wait_for_the_poll()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        var delays = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            await Outbox.BookAsync(Database);
            var clock = Stopwatch.StartNew();
            replica.Signal.Wake();
            await Outbox.AllQueuedAsync(Database, Soon);
            delays.Add(clock.Elapsed.TotalMilliseconds);
        }

        Assert.InRange(delays.Order().ElementAt(4), 0, 400);
    }

    [Fact]
    public async Task A_row_that_nobody_signalled_is_found_by_the_poll()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);

        await Outbox.BookAsync(Database);
        await Outbox.AllQueuedAsync(Database, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_replay_by_hand_enqueues_nothing_again_also_after_the_job_is_done_and_removed()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Outbox.BookAsync(Database, "c-1");
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);

        await Outbox.ReplayAsync(Database);
        await Outbox.AllQueuedAsync(Database, Soon);
        Assert.Equal(2, (await WaitingAsync()).Length);

        await Queue.KeyDeleteAsync([$"{P}wait", .. (await Queue.ListRangeAsync($"{P}wait")).Select(id => (RedisKey)$"{P}{id}")]);
        await Outbox.ReplayAsync(Database);
        await Outbox.AllQueuedAsync(Database, Soon);
        Assert.Empty(await WaitingAsync());
        Assert.All(await Outbox.RowsAsync(Database), row => Assert.Equal(3, row.Attempts));
    }

    [Fact]
    public async Task Two_replicas_share_two_hundred_rows_and_send_none_of_them_twice()
    {
        for (var i = 0; i < 100; i++)
            await Outbox.BookAsync(Database, $"c-{i}");

        var replicas = await Task.WhenAll(Replica.StartAsync(Database, Settings), Replica.StartAsync(Database, Settings));
        await Outbox.AllQueuedAsync(Database, Soon);
        foreach (var replica in replicas)
            await replica.DisposeAsync();

        var rows = await Outbox.RowsAsync(Database);
        Assert.Equal(rows.Select(row => row.DedupKey).Order(), await WaitingAsync());
        Assert.All(rows, row => Assert.Equal(1, row.Attempts));
        // The counter rises on duplicates too: nothing was left to the queue's guard.
        Assert.Equal(200, await Queue.StringGetAsync($"{P}id"));
    }

    [Fact]
    public async Task A_replica_that_dies_between_the_queue_and_the_mark_leaves_one_job()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);

        await _redis.FreezeAsync();
        var booking = await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await using (var connection = await Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await Eventually.Async("the batch waits for the queue and is cut off from its rows", Soon, async () => await connection.ExecuteScalarAsync<long>(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where state = 'idle in transaction' and query like '%notification_outbox%'") > 0);
        }

        await _redis.ThawAsync();
        await Outbox.AllQueuedAsync(Database, Soon);

        Assert.Equal(2, (await WaitingAsync()).Length);
        Assert.Single(await WaitingAsync(), $"consultation:booking:{booking}:email");
        Assert.True((long)await Queue.StringGetAsync($"{P}id") > 2, "the row was sent twice, and the second refused");
    }

    [Theory]
    [InlineData("stopped")]
    [InlineData("frozen")]
    [InlineData("full")]
    public async Task While_the_queue_is_away_rows_wait_and_all_arrive_soon_after_its_return(string how)
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);

        await (how switch
        {
            "stopped" => DownAsync(),
            "frozen" => _redis.FreezeAsync(),
            _ => Queue.ExecuteAsync("config", "set", "maxmemory", "1"),
        });
        for (var i = 0; i < 20; i++)
            await Outbox.BookAsync(Database, $"c-{i}");
        replica.Signal.Wake();
        await Eventually.Async("each was tried and its error kept", TimeSpan.FromSeconds(10), async () =>
            (await Outbox.RowsAsync(Database)).Skip(1).All(row => row is { QueuedAt: null, Attempts: >= 1, LastError: not null }));
        Assert.All((await Outbox.RowsAsync(Database)).Skip(1), row =>
        {
            Assert.StartsWith("The queue ", row.LastError, StringComparison.Ordinal);
            Assert.True(row.NextAttemptAt > DateTime.UtcNow.AddSeconds(-10));
        });
        // However far ahead the outage has pushed them.
        await Outbox.ExecuteAsync(Database, "update notification_outbox set next_attempt_at = now() + interval '1 hour' where queued_at is null");

        var clock = Stopwatch.StartNew();
        await (how switch
        {
            "stopped" => _redis.UpAsync(),
            "frozen" => _redis.ThawAsync(),
            _ => Queue.ExecuteAsync("config", "set", "maxmemory", "0"),
        });
        await Outbox.AllQueuedAsync(Database, Soon);
        TestContext.Current.SendDiagnosticMessage("All arrived {0:F0} ms after the return ({1})", clock.ElapsedMilliseconds, how);

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 3);
        Assert.Equal((await Outbox.RowsAsync(Database)).Select(row => row.DedupKey).Order(), await WaitingAsync());
        Assert.All(await Outbox.RowsAsync(Database), row => Assert.Null(row.LastError));
        Assert.Single(replica.Lines, line => line.StartsWith("Warning: The notifications queue is away", StringComparison.Ordinal));
        Assert.Single(replica.Lines, line => line.StartsWith("Information: The notifications queue is back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_queue_whose_host_is_unknown_leaves_the_process_up_and_the_rows_waiting()
    {
        await using var replica = await Replica.StartAsync(Database, Settings with { NotificationsRedis = "queue.invalid:6379" });
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();

        await Eventually.Async("it was tried", TimeSpan.FromSeconds(10), async () => (await Outbox.RowsAsync(Database))[0].Attempts > 0);
        Assert.Equal("The queue cannot be reached.", (await Outbox.RowsAsync(Database))[0].LastError);
    }

    [Fact]
    public async Task A_restarted_queue_that_forgot_its_scripts_still_knows_its_jobs()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);

        _redis.Down();
        await _redis.UpAsync();
        await Outbox.BookAsync(Database);
        await Outbox.ReplayAsync(Database);
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);
        Assert.Equal(2, (await WaitingAsync()).Length);

        await Queue.ExecuteAsync("script", "flush");
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);
        Assert.Equal(3, (await WaitingAsync()).Length);
        Assert.Equal(1, (await Outbox.RowsAsync(Database))[^1].Attempts);
    }

    [Fact]
    public async Task A_row_that_fails_blocks_no_other_and_is_retried_ever_later()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        var poisoned = await Outbox.BookAsync(Database);
        await Queue.HashSetAsync($"{P}de:consultation:booking:{poisoned}:email", "not", "a string");
        await Outbox.BookAsync(Database);
        await Outbox.ExecuteAsync(Database, "update notification_outbox set job = 'notification.send_pigeon' where id = (select max(id) from notification_outbox)");
        for (var i = 0; i < 20; i++)
            await Outbox.BookAsync(Database);
        replica.Signal.Wake();

        await Eventually.Async("the others are queued", Soon, async () => (await Outbox.RowsAsync(Database)).Count(row => row.QueuedAt is not null) == 20);
        await Eventually.Async("the failing ones are retried", TimeSpan.FromSeconds(10), async () => (await Outbox.RowsAsync(Database)).Take(2).All(row => row.Attempts >= 3));
        var failing = (await Outbox.RowsAsync(Database))[..2];
        Assert.Equal(["The queue refused the job: WRONGTYPE.", "The job could not be made."], failing.Select(row => row.LastError));
        Assert.All(failing, row => Assert.InRange(row.NextAttemptAt, DateTime.UtcNow, DateTime.UtcNow.AddSeconds(15)));
        Assert.DoesNotContain(replica.Lines, line => line.Contains("queue is away", StringComparison.Ordinal));

        await Outbox.ExecuteAsync(Database, "update notification_outbox set attempts = 12, next_attempt_at = now() where queued_at is null");
        await Eventually.Async("tried once more", Soon, async () => (await Outbox.RowsAsync(Database)).Take(2).All(row => row.Attempts == 13));
        Assert.All((await Outbox.RowsAsync(Database))[..2], row => Assert.InRange(row.NextAttemptAt, DateTime.UtcNow.AddSeconds(5), DateTime.UtcNow.AddSeconds(15)));

        await Queue.KeyDeleteAsync($"{P}de:consultation:booking:{poisoned}:email");
        await Outbox.ExecuteAsync(Database, "update notification_outbox set job = 'notification.send_email', next_attempt_at = now() where queued_at is null");
        await Outbox.AllQueuedAsync(Database, Soon);
        Assert.Equal(22, (await WaitingAsync()).Length);
    }

    [Fact]
    public async Task A_job_that_cannot_be_listed_claims_no_guard_and_leaves_nothing_behind()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Queue.StringSetAsync($"{P}wait", "not a list");
        var booking = await Outbox.BookAsync(Database);
        replica.Signal.Wake();

        await Eventually.Async("it was tried", Soon, async () => (await Outbox.RowsAsync(Database))[0].Attempts > 0);
        Assert.Equal("The queue refused the job: WRONGTYPE.", (await Outbox.RowsAsync(Database))[0].LastError);
        Assert.False(await Queue.KeyExistsAsync([$"{P}de:consultation:booking:{booking}:email", $"{P}1"]) > 0);

        await Queue.KeyDeleteAsync($"{P}wait");
        await Outbox.AllQueuedAsync(Database, Soon);
        Assert.Single(await WaitingAsync());
    }

    [Fact]
    public async Task Events_that_cannot_be_written_lose_no_job()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Queue.StringSetAsync($"{P}events", "not a stream");
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();

        await Outbox.AllQueuedAsync(Database, Soon);
        Assert.Single(await WaitingAsync());
        Assert.Equal(1, (await Outbox.RowsAsync(Database))[0].Attempts);
    }

    [Theory]
    [InlineData("bullmq:6.7.0", "wait")]
    [InlineData("bullmq:10.0.0", "wait")]
    [InlineData("bullmq:5.81.5", "paused")]
    [InlineData(null, "paused")]
    public async Task While_the_queue_is_paused_jobs_go_where_its_version_looks_for_them_and_wake_nobody(string? version, string list)
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Queue.HashSetAsync($"{P}meta", "paused", "1");
        if (version is not null)
            await Queue.HashSetAsync($"{P}meta", "version", version);
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();

        await Outbox.AllQueuedAsync(Database, Soon);
        Assert.Equal(1, await Queue.ListLengthAsync($"{P}{list}"));
        Assert.Equal(0, await Queue.ListLengthAsync($"{P}{(list == "wait" ? "paused" : "wait")}"));
        Assert.False(await Queue.KeyExistsAsync($"{P}marker"));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task A_queue_at_its_global_concurrency_is_not_woken(int concurrency, bool woken)
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Queue.HashSetAsync($"{P}meta", "concurrency", concurrency);
        await Queue.ListLeftPushAsync($"{P}active", "running");
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();

        await Outbox.AllQueuedAsync(Database, Soon);
        Assert.Equal(1, await Queue.ListLengthAsync($"{P}wait"));
        Assert.Equal(woken, await Queue.KeyExistsAsync($"{P}marker"));
    }

    [Fact]
    public async Task A_database_that_fails_for_a_while_is_survived_and_logged_once_each_way()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Outbox.BookAsync(Database);
        await Outbox.ExecuteAsync(Database, "alter table notification_outbox rename to away");
        await Eventually.Async("the failure is logged", Soon, () => Task.FromResult(replica.Lines.Any(line => line.StartsWith("Error: The outbox could not be read", StringComparison.Ordinal))));
        // Long enough for more failures than one.
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        await Outbox.ExecuteAsync(Database, "alter table away rename to notification_outbox");

        await Outbox.AllQueuedAsync(Database, Soon);
        await Eventually.Async("the return is logged", Soon, () => Task.FromResult(replica.Lines.Any(line => line.StartsWith("Information: The outbox is read again", StringComparison.Ordinal))));
        Assert.Single(replica.Lines, line => line.StartsWith("Error:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shutdown_ends_within_seconds_and_leaves_the_rows_to_others()
    {
        var replica = await Replica.StartAsync(Database, Settings);
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);
        await _redis.FreezeAsync();
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await using var connection = await Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await Eventually.Async("a batch is under way", Soon, async () => await connection.ExecuteScalarAsync<long>(
            "select count(*) from pg_stat_activity where state = 'idle in transaction' and query like '%notification_outbox%'") > 0);

        var clock = Stopwatch.StartNew();
        await replica.StopAsync();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 7);
        Assert.Equal(1, await connection.ExecuteScalarAsync<long>("select count(*) from (select from notification_outbox where queued_at is null for update nowait) as free"));

        await _redis.ThawAsync();
        await using var other = await Replica.StartAsync(Database, Settings);
        await Outbox.AllQueuedAsync(Database, Soon);
        Assert.Equal(2, (await WaitingAsync()).Length);
        await replica.DisposeAsync();
    }

    [Fact]
    public async Task Depth_age_jobs_and_failed_tries_are_metrics()
    {
        var seen = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Consultation")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            seen.AddOrUpdate(instrument.Name, value, (_, before) => instrument is Counter<long> ? before + value : value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();

        await DownAsync();
        await using var replica = await Replica.StartAsync(Database, Settings);
        await Outbox.BookAsync(Database, "c-1");
        await Outbox.ExecuteAsync(Database, "update notification_outbox set created_at = now() - interval '90 seconds'");
        await Eventually.Async("two jobs are seen to wait for 90 s, and failed tries", TimeSpan.FromSeconds(10), () =>
        {
            listener.RecordObservableInstruments();
            return Task.FromResult(seen["consultation.outbox.depth"] == 2 && seen["consultation.outbox.age"] is >= 90 and < 120
                && seen.GetValueOrDefault("consultation.outbox.dispatch_errors") >= 2);
        });
        var reading = await replica.Get<OutboxHealth>().ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, reading.Depth);
        Assert.True(reading.AgeAt(DateTimeOffset.UtcNow) > OutboxHealth.DegradedAfter);

        await _redis.UpAsync();
        await Eventually.Async("none waits, two were sent", TimeSpan.FromSeconds(10), () =>
        {
            listener.RecordObservableInstruments();
            return Task.FromResult(seen["consultation.outbox.depth"] == 0 && seen["consultation.outbox.age"] == 0 && seen.GetValueOrDefault("consultation.outbox.dispatched") == 2);
        });
    }

    [Fact]
    public async Task Rows_are_kept_for_thirty_five_days_and_then_removed_by_one_replica_at_a_time()
    {
        await using var replica = await Replica.StartAsync(Database, Settings);
        for (var i = 0; i < 3; i++)
            await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);
        await Outbox.ExecuteAsync(Database, $"""
            update notification_outbox set queued_at = now() - (interval '34 days 23 hours' + (id - (select min(id) from notification_outbox)) * interval '2 hours');
            insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at, queued_at)
            select (select min(id) from consultation_booking), 'notification.send_email', 'old:' || n, now(), now(), now() - interval '40 days'
            from generate_series(1, {OutboxRetention.BatchSize + 1}) n;
            insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at)
            select min(id), 'notification.send_email', 'not queued', now() + interval '1 day', now() - interval '90 days' from consultation_booking;
            """);
        var retention = new OutboxRetention(Database, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<OutboxRetention>.Instance);

        await using (var connection = await Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync("select pg_advisory_xact_lock(@key)", new { key = OutboxRetention.LockKey });
            Assert.Equal(0, await retention.RemoveOldAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(OutboxRetention.BatchSize + 3, await retention.RemoveOldAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, (await Outbox.RowsAsync(Database)).Length);
        Assert.Contains(await Outbox.RowsAsync(Database), row => row.DedupKey == "not queued");
    }

    private Task DownAsync()
    {
        _redis.Down();
        return Task.CompletedTask;
    }

    /// <summary>The dedup keys of the waiting jobs, sorted.</summary>
    private async Task<string[]> WaitingAsync()
    {
        await using var connection = await _redis.ConnectAsync();
        var queue = connection.GetDatabase();
        var ids = await queue.ListRangeAsync($"{P}wait");
        return [.. (await Task.WhenAll(ids.Select(id => queue.HashGetAsync($"{P}{id}", "deid")))).Select(key => key.ToString()).Order()];
    }
}
