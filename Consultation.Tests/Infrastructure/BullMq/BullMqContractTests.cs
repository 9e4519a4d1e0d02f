using System.Text.Json;
using System.Text.Json.Nodes;
using Consultation.Infrastructure.BullMq;
using Consultation.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Consultation.Tests.Infrastructure.BullMq;

/// <summary>Our jobs in the hands of stock BullMQ, both majors.</summary>
public sealed class BullMqContractTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private QueueRedis _redis = null!;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _redis = await QueueRedis.StartAsync();
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Theory]
    [InlineData(5, "bull", "notifications")]
    [InlineData(6, "bull", "notifications")]
    [InlineData(6, "{shop}", "shop-mail")]
    public async Task A_stock_worker_takes_our_jobs_as_its_own(int major, string prefix, string queue)
    {
        await using var stock = await StockBullMq.StartAsync(major, _redis.Server.Port, prefix, queue);
        await stock.CallAsync("work");
        await using var replica = service.StartReplica(
            _redis.Setting,
            ("CONSULTATION_NOTIFICATIONS_PREFIX", prefix),
            ("CONSULTATION_NOTIFICATIONS_QUEUE", queue),
            ("CONSULTATION_TIME_ZONE", "Asia/Kathmandu"));
        const string Name = "Zoë \"Ω\" O'Brien <प्रिया> 王小明 😀";
        var slotId = await service.SlotAsync(new DateTimeOffset(2101, 3, 1, 3, 15, 0, TimeSpan.Zero));
        var booked = await replica.Http.PostAsync(
            HttpJson.Book, new { slotId, name = Name, email = "zoe@example.org", phone = "+977 1 4000000", message = "Line one\nline two" }, Tokens.Customer("c-1"));
        var longName = string.Concat(Enumerable.Repeat("प्रि", 30));
        var guest = await service.BookAsync(replica, name: longName, message: new string('文', 1_000));

        await Eventually.Async("three jobs are completed", Soon, async () => await stock.CountAsync("completed") == 3);

        var taken = await stock.ListAsync("taken");
        var booking = (long)booked["id"];
        var slot = $$"""
            {"id":{{slotId}},"date":"2101-03-01","startTime":"2101-03-01T03:15:00Z","endTime":"2101-03-01T03:45:00Z","timeZone":"Asia/Kathmandu","summary":"Tuesday, 1 March 2101, 09:00–09:30 (Asia/Kathmandu)"}
            """;
        AssertTaken("notification.send_email", $"consultation:booking:{booking}:email", $$"""
            {"dedupKey":"consultation:booking:{{booking}}:email","bookingId":{{booking}},"to":"zoe@example.org","template":"consultation.booking_created","name":{{Json(Name)}},"slot":{{slot}}}
            """);
        AssertTaken("notification.send_push", $"consultation:booking:{booking}:push:c-1", $$"""
            {"dedupKey":"consultation:booking:{{booking}}:push:c-1","bookingId":{{booking}},"customerId":"c-1","template":"consultation.booking_created","name":{{Json(Name)}},"slot":{{slot}}}
            """);
        Assert.Equal(longName, (string)Taken(taken, $"consultation:booking:{guest}:email")["data"]!["name"]!);
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

        void AssertTaken(string job, string dedupKey, string data)
        {
            var found = Taken(taken, dedupKey);
            Assert.Equal(job, (string)found["name"]!);
            var said = found["data"]!.AsObject();
            if (job == "notification.send_email")
            {
                Assert.Equal((string?)booked["accessKey"], (string?)said["accessKey"]);
                Assert.StartsWith("BEGIN:VCALENDAR\r\n", (string?)said["calendar"], StringComparison.Ordinal);
                said.Remove("accessKey");
                said.Remove("calendar");
            }
            Assert.Equal(JsonNode.Parse(data)!.ToJsonString(), said.ToJsonString());
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_job_whose_processor_throws_is_retried_with_growing_pauses(int major)
    {
        await using var stock = await StockAsync(major);
        await stock.CallAsync("work", new { failures = 2 });
        await using var replica = service.StartReplica(_redis.Setting);
        await service.BookAsync(replica);

        await Eventually.Async("the third attempt succeeds", Soon, async () => await stock.CountAsync("completed") == 1);

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
        await using var replica = service.StartReplica(_redis.Setting);
        for (var i = 0; i < 3; i++)
            await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);

        var counts = (await stock.CallAsync("counts"))!;
        Assert.Equal(3, (int)counts[major == 5 ? "paused" : "waiting"]!);
        Assert.Empty(await stock.ListAsync("taken"));

        await stock.CallAsync("resume");
        await Eventually.Async("all are done", TimeSpan.FromSeconds(3), async () => (await stock.ListAsync("taken")).Count == 3);
        await service.BookAsync(replica);
        await Eventually.Async("and a later one as well", TimeSpan.FromSeconds(3), async () => await stock.CountAsync("completed") == 4);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_replayed_job_is_heard_as_deduplicated_and_not_done_again(int major)
    {
        await using var stock = await StockAsync(major);
        await stock.CallAsync("work");
        await using var replica = service.StartReplica(_redis.Setting);
        var booking = await service.BookAsync(replica);
        await Eventually.Async("it is done", Soon, async () => await stock.CountAsync("completed") == 1);
        var id = (string)(await stock.ListAsync("taken"))[0]!["id"]!;
        // What removeOnComplete leaves behind once the job is old enough.
        await _redis.Keys.SortedSetRemoveAsync($"{QueueRedis.P}completed", id);
        await _redis.Keys.KeyDeleteAsync($"{QueueRedis.P}{id}");

        await service.AllQueuedAsync(Soon); // the mark comes a little after the job
        await service.ReplayAsync();
        await service.AllQueuedAsync(Soon);

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
        await using var replica = service.StartReplica(_redis.Setting);
        var ours = await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);
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
        Assert.Equal(
            [new QueueAnswer(QueueState.Queued)],
            await replica.Services.GetRequiredService<BullMqQueue>().AddAsync([new QueueJob("notification.send_email", $"consultation:booking:{next}:email", "{}")]));
        await stock.CallAsync("work");
        await Eventually.Async("all three are done", Soon, async () => await stock.CountAsync("completed") == 3);
        Assert.Equal(["notification.send_email", "other", "notification.send_email"], (await stock.ListAsync("taken")).Select(job => (string)job!["name"]!));
    }

    private static JsonNode Taken(JsonArray jobs, string dedupKey) => Assert.Single(jobs, job => (string?)job!["data"]?["dedupKey"] == dedupKey)!;

    private static string Json(string text) => JsonSerializer.Serialize(text);

    private Task<StockBullMq> StockAsync(int major) => StockBullMq.StartAsync(major, _redis.Server.Port);
}
