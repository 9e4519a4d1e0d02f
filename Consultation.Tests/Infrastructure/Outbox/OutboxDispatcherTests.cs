using System.Diagnostics;
using Consultation.Infrastructure.Outbox;
using Consultation.Tests.Support;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Infrastructure.Outbox;

public sealed class OutboxDispatcherTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string P = QueueRedis.P;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    /// <summary>Rows that a dispatcher has taken and not marked yet: they are put off for long.</summary>
    private const string Taken = "select count(*) from notification_outbox where queued_at is null and attempts = 0 and next_attempt_at > now() + interval '5 seconds'";

    private QueueRedis _redis = null!;

    private IDatabase Queue => _redis.Keys;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _redis = await QueueRedis.StartAsync();
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task A_job_lies_on_the_queue_as_BullMQ_lays_it()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        var booking = await service.BookAsync(replica, "c-1");
        await service.AllQueuedAsync(Soon);

        Assert.Equal([$"consultation:booking:{booking}:email", $"consultation:booking:{booking}:push:c-1"], await _redis.WaitingAsync());
        Assert.All(await service.RowsAsync(), row => Assert.True(row is { Attempts: 1, LastError: null }));
        foreach (var id in await Queue.ListRangeAsync($"{P}wait"))
        {
            var job = (await Queue.HashGetAllAsync($"{P}{id}")).ToDictionary(field => field.Name.ToString(), field => field.Value.ToString());
            var deid = job["deid"];
            Assert.Equal(["data", "deid", "delay", "name", "opts", "priority", "timestamp"], job.Keys.Order());
            Assert.Equal(
                $$$"""{"attempts":5,"backoff":{"type":"exponential","delay":1000},"removeOnComplete":{"age":86400},"removeOnFail":{"age":604800},"de":{"id":"{{{deid}}}","ttl":2592000000}}""",
                job["opts"]);
            Assert.Equal(("0", "0"), (job["delay"], job["priority"]));
            Assert.Equal(id, await Queue.StringGetAsync($"{P}de:{deid}"));
            Assert.InRange((await Queue.KeyTimeToLiveAsync($"{P}de:{deid}"))!.Value, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));
        }

        Assert.Equal("10000", await Queue.HashGetAsync($"{P}meta", "opts.maxLenEvents"));
        Assert.Equal(0, await Queue.SortedSetScoreAsync($"{P}marker", "0"));
    }

    [Fact]
    public async Task In_development_each_queued_job_is_a_log_line_without_personal_data()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        var booking = await service.BookAsync(replica, "c-1", "Grace Hopper");
        await service.AllQueuedAsync(Soon);
        await Eventually.Async("both lines are written", Soon, () => Task.FromResult(replica.OutboxSaid(LogLevel.Information).Count() == 2));

        Assert.Equal(
            [
                $"Job notification.send_email is on the queue (consultation:booking:{booking}:email).",
                $"Job notification.send_push is on the queue (consultation:booking:{booking}:push:c-1).",
            ],
            replica.OutboxSaid(LogLevel.Information));
        Assert.DoesNotContain(replica.Log.All, line => line.Text.Contains("Grace", StringComparison.Ordinal) || line.Text.Contains("ada@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_row_that_nobody_was_woken_for_is_found_by_the_poll()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);

        await service.LeaveAsync(1);
        await service.AllQueuedAsync(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_replay_by_hand_enqueues_nothing_again_also_after_the_job_is_done_and_removed()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await service.BookAsync(replica, "c-1");
        await service.AllQueuedAsync(Soon);

        await service.ReplayAsync();
        await service.AllQueuedAsync(Soon);
        Assert.Equal(2, (await _redis.WaitingAsync()).Length);

        await Queue.KeyDeleteAsync([$"{P}wait", .. (await Queue.ListRangeAsync($"{P}wait")).Select(id => (RedisKey)$"{P}{id}")]);
        await service.ReplayAsync();
        await service.AllQueuedAsync(Soon);
        Assert.Empty(await _redis.WaitingAsync());
        Assert.All(await service.RowsAsync(), row => Assert.Equal(3, row.Attempts));
    }

    [Fact]
    public async Task Two_replicas_share_two_hundred_rows_and_send_none_of_them_twice()
    {
        await using var one = service.StartReplica(_redis.Setting);
        await using var other = service.StartReplica(_redis.Setting);
        await service.BookAsync(one);
        await service.BookAsync(other);
        await service.AllQueuedAsync(Soon);

        await _redis.FreezeAsync();
        await service.LeaveAsync(200);
        one.Wake();
        other.Wake();
        await Eventually.Async("each has taken half of them", Soon, async () => await service.ScalarAsync<long>(Taken) == 200);
        await _redis.ThawAsync();
        await service.AllQueuedAsync(Soon);

        var rows = await service.RowsAsync();
        Assert.Equal(rows.Select(row => row.DedupKey).Order(), await _redis.WaitingAsync());
        Assert.All(rows, row => Assert.Equal(1, row.Attempts));
        // The counter rises on duplicates too: nothing was left to the queue's guard.
        Assert.Equal(202, await Queue.StringGetAsync($"{P}id"));
    }

    [Fact]
    public async Task A_replica_that_dies_between_the_queue_and_the_mark_leaves_one_job()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);

        await service.ExecuteAsync("alter table notification_outbox add constraint nothing_is_marked check (queued_at is null) not valid");
        var booking = await service.BookAsync(replica);
        await Eventually.Async("the mark has failed", Soon, () => Task.FromResult(replica.OutboxSaid(LogLevel.Error).Any()));
        Assert.Equal(2, (await _redis.WaitingAsync()).Length);
        Assert.Null((await service.RowsAsync())[^1].QueuedAt);

        await service.ExecuteAsync("alter table notification_outbox drop constraint nothing_is_marked");
        await service.AllQueuedAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(2, (await _redis.WaitingAsync()).Length);
        Assert.Single(await _redis.WaitingAsync(), $"consultation:booking:{booking}:email");
        Assert.True((long)await Queue.StringGetAsync($"{P}id") > 2, "the row was sent twice, and the second refused");
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("frozen")]
    [InlineData("full")]
    public async Task While_the_queue_is_away_rows_wait_and_all_arrive_soon_after_its_return(string how)
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);

        await _redis.BreakAsync(how);
        for (var i = 0; i < 20; i++)
            await service.BookAsync(replica, $"c-{i}");
        await Eventually.Async("each was tried and its error kept", TimeSpan.FromSeconds(20), async () =>
            (await service.RowsAsync()).Skip(1).All(row => row is { QueuedAt: null, Attempts: >= 1, LastError: not null }));
        Assert.All((await service.RowsAsync()).Skip(1), row =>
        {
            Assert.StartsWith("The queue ", row.LastError, StringComparison.Ordinal);
            Assert.True(row.NextAttemptAt > DateTime.UtcNow.AddSeconds(-10));
        });
        // However far ahead the outage has pushed them.
        await service.ExecuteAsync("update notification_outbox set next_attempt_at = now() + interval '1 hour' where queued_at is null");

        var clock = Stopwatch.StartNew();
        await _redis.MendAsync(how);
        await service.AllQueuedAsync(Soon);
        TestContext.Current.SendDiagnosticMessage("All arrived {0:F0} ms after the return ({1})", clock.ElapsedMilliseconds, how);

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 3);
        Assert.Equal((await service.RowsAsync()).Select(row => row.DedupKey).Order(), await _redis.WaitingAsync());
        Assert.All(await service.RowsAsync(), row => Assert.Null(row.LastError));
        Assert.Single(replica.OutboxSaid(LogLevel.Warning), line => line.StartsWith("The notifications queue is away", StringComparison.Ordinal));
        Assert.Single(replica.OutboxSaid(LogLevel.Information), line => line.StartsWith("The notifications queue is back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_queue_whose_host_is_unknown_leaves_the_process_up_and_the_rows_waiting()
    {
        await using var replica = service.StartReplica(("ConnectionStrings:NotificationsRedis", "queue.invalid:6379"));
        await service.BookAsync(replica);

        await Eventually.Async("it was tried", TimeSpan.FromSeconds(10), async () => (await service.RowsAsync())[0].Attempts > 0);
        Assert.Equal("The queue cannot be reached.", (await service.RowsAsync())[0].LastError);
    }

    [Fact]
    public async Task A_restarted_queue_that_forgot_its_scripts_still_knows_its_jobs()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);

        await _redis.Server.KillAsync();
        await _redis.Server.StartAgainAsync(keepData: true);
        await service.BookAsync(replica);
        await service.ReplayAsync();
        await service.AllQueuedAsync(Soon);
        Assert.Equal(2, (await _redis.WaitingAsync()).Length);

        await Queue.ExecuteAsync("script", "flush");
        await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);
        Assert.Equal(3, (await _redis.WaitingAsync()).Length);
        Assert.Equal(1, (await service.RowsAsync())[^1].Attempts);
    }

    [Fact]
    public async Task A_row_that_fails_blocks_no_other_and_is_retried_ever_later()
    {
        await service.LeaveAsync(2);
        var poisoned = await service.ScalarAsync<string>("select dedup_key from notification_outbox order by id limit 1");
        await Queue.HashSetAsync($"{P}de:{poisoned}", "not", "a string");
        await service.ExecuteAsync("update notification_outbox set job = 'notification.send_pigeon' where id = (select max(id) from notification_outbox)");
        await using var replica = service.StartReplica(_redis.Setting);
        for (var i = 0; i < 20; i++)
            await service.BookAsync(replica);

        await Eventually.Async("the others are queued", Soon, async () => (await service.RowsAsync()).Count(row => row.QueuedAt is not null) == 20);
        await Eventually.Async("the failing ones are retried", TimeSpan.FromSeconds(10), async () => (await service.RowsAsync()).Take(2).All(row => row.Attempts >= 3));
        var failing = (await service.RowsAsync()).Take(2).ToArray();
        Assert.Equal(["The queue refused the job: WRONGTYPE.", "The job could not be made."], failing.Select(row => row.LastError));
        Assert.All(failing, row => Assert.InRange(row.NextAttemptAt, DateTime.UtcNow, DateTime.UtcNow.AddSeconds(15)));
        Assert.DoesNotContain(replica.OutboxSaid(LogLevel.Warning), line => line.Contains("queue is away", StringComparison.Ordinal));

        await service.ExecuteAsync("update notification_outbox set attempts = 12, next_attempt_at = now() where queued_at is null");
        await Eventually.Async("tried once more", Soon, async () => (await service.RowsAsync()).Take(2).All(row => row.Attempts == 13));
        Assert.All((await service.RowsAsync()).Take(2).ToArray(), row => Assert.InRange(row.NextAttemptAt, DateTime.UtcNow.AddSeconds(5), DateTime.UtcNow.AddSeconds(15)));

        await Queue.KeyDeleteAsync($"{P}de:{poisoned}");
        await service.ExecuteAsync("update notification_outbox set job = 'notification.send_email', next_attempt_at = now() where queued_at is null");
        await service.AllQueuedAsync(Soon);
        Assert.Equal(22, (await _redis.WaitingAsync()).Length);
    }

    [Fact]
    public async Task A_job_that_cannot_be_listed_claims_no_guard_and_leaves_nothing_behind()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await Queue.StringSetAsync($"{P}wait", "not a list");
        var booking = await service.BookAsync(replica);

        await Eventually.Async("it was tried", Soon, async () => (await service.RowsAsync())[0].Attempts > 0);
        Assert.Equal("The queue refused the job: WRONGTYPE.", (await service.RowsAsync())[0].LastError);
        Assert.False(await Queue.KeyExistsAsync([$"{P}de:consultation:booking:{booking}:email", $"{P}1"]) > 0);

        await Queue.KeyDeleteAsync($"{P}wait");
        await service.AllQueuedAsync(Soon);
        Assert.Single(await _redis.WaitingAsync());
    }

    [Fact]
    public async Task Events_that_cannot_be_written_lose_no_job()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await Queue.StringSetAsync($"{P}events", "not a stream");
        await service.BookAsync(replica);

        await service.AllQueuedAsync(Soon);
        Assert.Single(await _redis.WaitingAsync());
        Assert.Equal(1, (await service.RowsAsync())[0].Attempts);
    }

    [Theory]
    [InlineData("bullmq:6.7.0", "wait")]
    [InlineData("bullmq:10.0.0", "wait")]
    [InlineData("bullmq:5.81.5", "paused")]
    [InlineData(null, "paused")]
    public async Task While_the_queue_is_paused_jobs_go_where_its_version_looks_for_them_and_wake_nobody(string? version, string list)
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await Queue.HashSetAsync($"{P}meta", "paused", "1");
        if (version is not null)
            await Queue.HashSetAsync($"{P}meta", "version", version);
        await service.BookAsync(replica);

        await service.AllQueuedAsync(Soon);
        Assert.Equal(1, await Queue.ListLengthAsync($"{P}{list}"));
        Assert.Equal(0, await Queue.ListLengthAsync($"{P}{(list == "wait" ? "paused" : "wait")}"));
        Assert.False(await Queue.KeyExistsAsync($"{P}marker"));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task A_queue_at_its_global_concurrency_is_not_woken(int concurrency, bool woken)
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await Queue.HashSetAsync($"{P}meta", "concurrency", concurrency);
        await Queue.ListLeftPushAsync($"{P}active", "running");
        await service.BookAsync(replica);

        await service.AllQueuedAsync(Soon);
        Assert.Equal(1, await Queue.ListLengthAsync($"{P}wait"));
        Assert.Equal(woken, await Queue.KeyExistsAsync($"{P}marker"));
    }

    [Fact]
    public async Task A_database_that_fails_for_a_while_is_survived_and_logged_once_each_way()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await service.BookAsync(replica);
        await service.ExecuteAsync("alter table notification_outbox rename to away");
        await Eventually.Async("the failure is logged", Soon, () => Task.FromResult(WatchSaid().Any()));
        // Long enough for more failures than one.
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        await service.ExecuteAsync("alter table away rename to notification_outbox");

        await service.AllQueuedAsync(Soon);
        await Eventually.Async("the return is logged", Soon, () => Task.FromResult(WatchSaid().Count > 1));
        Assert.Collection(
            WatchSaid(),
            away => Assert.StartsWith("PostgreSQL does not answer (42P01", away, StringComparison.Ordinal),
            back => Assert.StartsWith("PostgreSQL answers again after", back, StringComparison.Ordinal));
        Assert.Empty(replica.OutboxSaid(LogLevel.Error));

        List<string> WatchSaid() => [.. replica.Log.Of(LogLevel.Warning).Where(line => line.StartsWith("PostgreSQL ", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task A_shutdown_ends_within_seconds_and_leaves_the_rows_to_others()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);
        await _redis.FreezeAsync();
        await service.BookAsync(replica);

        var clock = Stopwatch.StartNew();
        await replica.DisposeAsync();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 8);
        Assert.Equal(1, await service.ScalarAsync<long>("select count(*) from (select from notification_outbox where queued_at is null for update nowait) as free"));

        await _redis.ThawAsync();
        await using var other = service.StartReplica(_redis.Setting);
        await service.AllQueuedAsync(Soon);
        Assert.Equal(2, (await _redis.WaitingAsync()).Length);
    }

    [Fact]
    public async Task Rows_are_kept_for_thirty_five_days_and_then_removed_by_one_replica_at_a_time()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await service.LeaveAsync(3);
        await service.AllQueuedAsync(Soon);
        await service.ExecuteAsync($"""
            update notification_outbox set queued_at = now() - (interval '34 days 23 hours' + (id - (select min(id) from notification_outbox)) * interval '2 hours');
            insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at, queued_at)
            select (select min(id) from consultation_booking), 'notification.send_email', 'old:' || n, now(), now(), now() - interval '40 days'
            from generate_series(1, {OutboxRetention.BatchSize + 1}) n;
            insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at)
            select min(id), 'notification.send_email', 'not queued', now() + interval '1 day', now() - interval '90 days' from consultation_booking;
            """);
        var retention = replica.Services.GetServices<IHostedService>().OfType<OutboxRetention>().Single();

        await using (var connection = await service.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync("select pg_advisory_xact_lock(@key)", new { key = OutboxRetention.LockKey });
            Assert.Equal(0, await retention.RemoveOldAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(OutboxRetention.BatchSize + 3, await retention.RemoveOldAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, (await service.RowsAsync()).Count);
        Assert.Contains(await service.RowsAsync(), row => row.DedupKey == "not queued");
    }
}
