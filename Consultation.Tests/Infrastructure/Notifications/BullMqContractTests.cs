using System.Text.Json.Nodes;
using Consultation.Infrastructure.Notifications;
using Consultation.Tests.Support;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Infrastructure.Notifications;

/// <summary>Our jobs in the hands of stock BullMQ, both majors.</summary>
public sealed class BullMqContractTests(LocalPostgres postgres) : IClassFixture<LocalPostgres>, IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private LocalRedis _redis = null!;

    private NpgsqlDataSource Database => postgres.Database;

    public async ValueTask InitializeAsync()
    {
        await Outbox.ResetAsync(Database);
        _redis = await LocalRedis.StartAsync();
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Theory]
    [InlineData(5, "bull")]
    [InlineData(6, "bull")]
    [InlineData(6, "{shop}")]
    public async Task A_stock_worker_takes_our_jobs_as_its_own(int major, string prefix)
    {
        await using var stock = await StockAsync(major, prefix);
        await stock.CallAsync("work");
        await using var replica = await Replica.StartAsync(Database, Replica.SettingsFor(_redis, prefix));
        const string name = "Zoë \"Ω\" O'Brien प्रिया 王小明 😀";
        var longName = string.Concat(Enumerable.Repeat("प्रि", 30));
        var booking = await Outbox.BookAsync(Database, "c-1", name, message: "Line one\nline two");
        var other = await Outbox.BookAsync(Database, name: longName, message: new string('文', 1_000));
        replica.Signal.Wake();

        await Eventually.Async("three jobs are completed", Soon, async () => (int)(await stock.CallAsync("counts"))!["completed"]! == 3);

        var taken = await stock.ListAsync("taken");
        var email = Taken(taken, $"consultation:booking:{booking}:email");
        var push = Taken(taken, $"consultation:booking:{booking}:push:c-1");
        Assert.Equal(("notification.send_email", "notification.send_push"), ((string)email["name"]!, (string)push["name"]!));
        Assert.Equal((name, "ada@example.org", "consultation.booking_created", booking),
            ((string)email["data"]!["name"]!, (string)email["data"]!["to"]!, (string)email["data"]!["template"]!, (long)email["data"]!["bookingId"]!));
        Assert.Equal(["dedupKey", "bookingId", "to", "template", "name", "slot"], Members(email["data"]!));
        Assert.Equal(["dedupKey", "bookingId", "customerId", "template", "name", "slot"], Members(push["data"]!));
        Assert.Equal(["id", "date", "startTime", "endTime", "timeZone", "summary"], Members(push["data"]!["slot"]!));
        Assert.Equal("c-1", (string)push["data"]!["customerId"]!);
        Assert.Equal(longName, (string)Taken(taken, $"consultation:booking:{other}:email")["data"]!["name"]!);
        Assert.All(taken, job =>
        {
            var opts = job!["opts"]!;
            Assert.Equal(5, (int)opts["attempts"]!);
            Assert.Equal(("exponential", 1_000), ((string)opts["backoff"]!["type"]!, (int)opts["backoff"]!["delay"]!));
            Assert.Equal((86_400, 604_800), ((int)opts["removeOnComplete"]!["age"]!, (int)opts["removeOnFail"]!["age"]!));
            Assert.Equal((string)job["data"]!["dedupKey"]!, (string)opts["deduplication"]!["id"]!);
            Assert.Equal(2_592_000_000, (long)opts["deduplication"]!["ttl"]!);
            Assert.InRange(DateTimeOffset.FromUnixTimeMilliseconds((long)job["timestamp"]!), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        });
        foreach (var expected in (string[])["added", "waiting", "active", "completed"])
            await Eventually.Async($"each job is heard {expected}", Soon, async () => (await stock.ListAsync("events")).Count(item => (string)item!["event"]! == expected) == 3);
        Assert.All((await stock.ListAsync("events")).Where(item => (string)item!["event"]! == "added"),
            item => Assert.StartsWith("notification.", (string)item!["name"]!, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_job_whose_processor_throws_is_retried_with_growing_pauses(int major)
    {
        await using var stock = await StockAsync(major);
        await stock.CallAsync("work", new { failures = 2 });
        await using var replica = await Replica.StartAsync(Database, Replica.SettingsFor(_redis));
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();

        await Eventually.Async("the third attempt succeeds", Soon, async () => (int)(await stock.CallAsync("counts"))!["completed"]! == 1);

        var taken = await stock.ListAsync("taken");
        Assert.Equal([0, 1, 2], taken.Select(attempt => (int)attempt!["attemptsMade"]!));
        var at = taken.Select(attempt => (long)attempt!["at"]!).ToArray();
        Assert.InRange(at[1] - at[0], 950, 1_900);
        Assert.InRange(at[2] - at[1], 1_950, 3_900);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Jobs_added_while_the_queue_is_paused_are_counted_and_done_after_it_resumes(int major)
    {
        await using var stock = await StockAsync(major);
        await stock.CallAsync("work");
        await stock.CallAsync("pause");
        await using var replica = await Replica.StartAsync(Database, Replica.SettingsFor(_redis));
        for (var i = 0; i < 3; i++)
            await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);

        var counts = (await stock.CallAsync("counts"))!;
        Assert.Equal(3, (int)counts[major == 5 ? "paused" : "waiting"]!);
        Assert.Empty(await stock.ListAsync("taken"));

        await stock.CallAsync("resume");
        await Eventually.Async("all are done", TimeSpan.FromSeconds(3), async () => (await stock.ListAsync("taken")).Count == 3);
        await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Eventually.Async("and a later one as well", TimeSpan.FromSeconds(3), async () => (int)(await stock.CallAsync("counts"))!["completed"]! == 4);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_replayed_job_is_heard_as_deduplicated_and_not_done_again(int major)
    {
        await using var stock = await StockAsync(major);
        await stock.CallAsync("work");
        await using var replica = await Replica.StartAsync(Database, Replica.SettingsFor(_redis));
        var booking = await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Eventually.Async("it is done", Soon, async () => (int)(await stock.CallAsync("counts"))!["completed"]! == 1);
        var id = (string)(await stock.ListAsync("taken"))[0]!["id"]!;
        await using (var connection = await _redis.ConnectAsync())
        {
            // What removeOnComplete leaves behind once the job is old enough.
            var queue = connection.GetDatabase();
            await queue.SortedSetRemoveAsync("bull:notifications:completed", id);
            await queue.KeyDeleteAsync($"bull:notifications:{id}");
        }

        await Outbox.ReplayAsync(Database);
        await Outbox.AllQueuedAsync(Database, Soon);

        JsonNode? heard = null;
        await Eventually.Async("the refusal is heard", Soon, async () =>
            (heard = (await stock.ListAsync("events")).FirstOrDefault(item => (string)item!["event"]! == "deduplicated")) is not null);
        Assert.Equal((id, $"consultation:booking:{booking}:email"), ((string)heard!["jobId"]!, (string)heard["deduplicationId"]!));
        Assert.Single(await stock.ListAsync("taken"));
        var counts = (await stock.CallAsync("counts"))!.AsObject();
        Assert.All(counts, count => Assert.Equal(0, (int)count.Value!));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_stock_producer_works_beside_ours(int major)
    {
        await using var stock = await StockAsync(major);
        await using var replica = await Replica.StartAsync(Database, Replica.SettingsFor(_redis));
        var ours = await Outbox.BookAsync(Database);
        replica.Signal.Wake();
        await Outbox.AllQueuedAsync(Database, Soon);
        var theirs = (await stock.CallAsync("add", new { job = "other", data = new { x = 1 } }))!;
        var refused = (await stock.CallAsync("add", new
        {
            job = "notification.send_email",
            data = new { },
            opts = new { deduplication = new { id = $"consultation:booking:{ours}:email", ttl = 60_000 } },
        }))!;

        var waiting = await stock.ListAsync("jobs", new { states = (string[])["waiting"] });
        var our = Taken(waiting, $"consultation:booking:{ours}:email");
        Assert.Equal(2, waiting.Count);
        Assert.Equal((string)our["id"]!, (string)refused["id"]!);
        Assert.NotEqual((string)our["id"]!, (string)theirs["id"]!);
        Assert.Equal($"consultation:booking:{ours}:email", (string)our["deduplicationId"]!);

        // And the other way round: what they have added under a key of ours is not added again.
        var next = ours + 1;
        await stock.CallAsync("add", new { job = "notification.send_email", data = new { }, opts = new { deduplication = new { id = $"consultation:booking:{next}:email", ttl = 60_000 } } });
        Assert.Null(await replica.Queue.AddAsync(new NotificationJob("notification.send_email", $"consultation:booking:{next}:email", "{}")));
        await stock.CallAsync("work");
        await Eventually.Async("all three are done", Soon, async () => (int)(await stock.CallAsync("counts"))!["completed"]! == 3);
        Assert.Equal(["notification.send_email", "other", "notification.send_email"], (await stock.ListAsync("taken")).Select(job => (string)job!["name"]!));
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(6, 1)]
    [InlineData(5, 200)]
    [InlineData(6, 200)]
    public async Task A_job_is_in_a_workers_hands_within_a_second_of_its_booking(int major, int atOnce)
    {
        await using var stock = await StockAsync(major);
        await stock.CallAsync("work", new { concurrency = 20 });
        await using var replica = await Replica.StartAsync(Database, Replica.SettingsFor(_redis));
        // Once before: connections and code are warm, as in a service that has run for a while.
        await BookAndWaitAsync(atOnce);

        var booked = new Dictionary<long, long>();
        for (var round = 0; round < (atOnce == 1 ? 20 : 1); round++)
            foreach (var (booking, at) in await BookAndWaitAsync(atOnce))
                booked[booking] = at;

        var delays = (await stock.ListAsync("taken"))
            .Where(job => booked.ContainsKey((long)job!["data"]!["bookingId"]!))
            .Select(job => (long)job!["at"]! - booked[(long)job["data"]!["bookingId"]!])
            .Order().ToArray();
        TestContext.Current.SendDiagnosticMessage("BullMQ {0}, {1} at once: median {2} ms, worst {3} ms of {4}", major, atOnce, delays[delays.Length / 2], delays[^1], delays.Length);
        Assert.Equal(booked.Count, delays.Length);
        Assert.True(delays[delays.Length / 2] < 500, $"median {delays[delays.Length / 2]} ms");
        Assert.True(delays[^1] < 1_000, $"worst {delays[^1]} ms");

        async Task<(long Booking, long At)[]> BookAndWaitAsync(int count)
        {
            var before = (int)(await stock.CallAsync("counts"))!["completed"]!;
            var bookings = await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
            {
                var booking = await Outbox.BookAsync(Database);
                replica.Signal.Wake();
                return (booking, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            }));
            await Eventually.Async("all are done", TimeSpan.FromSeconds(3), async () => (int)(await stock.CallAsync("counts"))!["completed"]! == before + count);
            return bookings;
        }
    }

    private static JsonNode Taken(JsonArray jobs, string dedupKey) => Assert.Single(jobs, job => (string?)job!["data"]?["dedupKey"] == dedupKey)!;

    private static IEnumerable<string> Members(JsonNode node) => node.AsObject().Select(member => member.Key);

    private Task<StockBullMq> StockAsync(int major, string prefix = "bull") =>
        StockBullMq.StartAsync(major, int.Parse(_redis.ConnectionString.Split(':')[1], null), prefix, "notifications");
}
