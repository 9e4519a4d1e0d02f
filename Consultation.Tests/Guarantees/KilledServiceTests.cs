using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Guarantees;

/// <summary>Guarantee 2: a 201 means that the booking and its notification jobs are committed; killing any process afterwards loses neither.</summary>
[Collection(RealProcesses.Name)]
public sealed class KilledServiceTests(Service service, PublishedBuild build) : IClassFixture<Service>
{
    private sealed record Row
    {
        public long Id { get; init; }
        public long SlotId { get; init; }
        public string? CustomerId { get; init; }
        public long Emails { get; init; }
        public long Pushes { get; init; }
    }

    private readonly string[] _callers = [.. Enumerable.Range(0, 8).Select(index => Tokens.Customer($"customer-{index}", "Ada Lovelace", "ada@example.org", "+44 20 7946 0000"))];

    [Fact]
    public async Task Ten_kills_under_load_lose_no_answered_booking_and_leave_none_half_done()
    {
        const int Kills = 10, BookingsPerLife = 30;
        var slots = await service.QueryAsync<long>(
            """
            insert into consultation_slot (date, start_time, end_time)
            select start::date, start, start + interval '5 minutes'
            from generate_series(date_trunc('hour', now()) + interval '2 hours', now() + interval '30 days', interval '5 minutes') start
            returning id
            """);
        var answered = new ConcurrentBag<(long Booking, long Slot)>();
        var unexpected = new ConcurrentBag<string?>();
        var next = -1;

        var replica = await PublishedService.StartReadyAsync(build, service.PostgresConnection, service.RedisConnection);
        for (var life = 1; life <= Kills; life++)
        {
            var before = answered.Count;
            var (living, load) = (replica, Enumerable.Range(0, 16).Select(client => BookUntilDeadAsync(replica.Http, client)).ToList());
            var successor = PublishedService.StartReadyAsync(build, service.PostgresConnection, service.RedisConnection);
            await Bounded.UntilAsync("bookings are made", TimeSpan.FromSeconds(60), () => Task.FromResult(answered.Count >= before + BookingsPerLife));
            living.Kill();
            await Task.WhenAll(load);
            await living.DisposeAsync();
            replica = await successor;
        }

        await using (replica)
        {
            Assert.Empty(unexpected);
            var rows = await service.QueryAsync<Row>(
                """
                select b.id as "Id", b.slot_id as "SlotId", b.customer_id as "CustomerId",
                    count(*) filter (where o.dedup_key = 'consultation:booking:' || b.id || ':email') as "Emails",
                    count(*) filter (where o.dedup_key = 'consultation:booking:' || b.id || ':push:' || b.customer_id) as "Pushes"
                from consultation_booking b left join notification_outbox o on o.booking_id = b.id group by b.id
                """);
            Assert.Empty(answered.Except(rows.Select(row => (row.Id, row.SlotId))));
            Assert.Equal(rows.Count, rows.Select(row => row.SlotId).Distinct().Count());
            Assert.All(rows, row => Assert.Equal((1L, row.CustomerId is null ? 0L : 1L), (row.Emails, row.Pushes))); // those that nobody was told of, too
            Assert.InRange(rows.Count, Kills * BookingsPerLife, answered.Count + (Kills * 16));

            await Bounded.UntilAsync("the outbox is empty", TimeSpan.FromSeconds(30), async () =>
                await service.ScalarAsync<int>("select count(*) from notification_outbox where queued_at is null") == 0);
            var jobs = await QueuedAsync(service.Redis);
            Assert.Equal(await service.QueryAsync<string>("select dedup_key from notification_outbox order by dedup_key collate \"C\""), jobs.Order(StringComparer.Ordinal));
        }

        async Task BookUntilDeadAsync(HttpClient http, int client)
        {
            try
            {
                while (true)
                {
                    var slot = slots[Interlocked.Increment(ref next) / 2]; // two clients race for each
                    var answer = await http.BookAsync(slot, client % 2 == 0 ? null : _callers[client / 2]);
                    if (answer.Status == HttpStatusCode.Created)
                        answered.Add(((long)answer["id"], slot));
                    else if (answer.Code != "CONSULTATION_SLOT_ALREADY_BOOKED")
                        unexpected.Add(answer.Text);
                }
            }
            catch (Exception killed) when (killed is HttpRequestException or IOException)
            {
                // as intended: this one has no answer
            }
        }
    }

    /// <summary>The dedup keys of the jobs on the queue.</summary>
    internal static async Task<List<string>> QueuedAsync(IDatabase redis)
    {
        var keys = new List<string>();
        foreach (var id in await redis.ListRangeAsync("bull:notifications:wait"))
            keys.Add((string)JsonNode.Parse((string)(await redis.HashGetAsync($"bull:notifications:{id}", "data"))!)!["dedupKey"]!);
        return keys;
    }
}
