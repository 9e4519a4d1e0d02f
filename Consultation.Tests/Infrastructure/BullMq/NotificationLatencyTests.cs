using System.Collections.Concurrent;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.BullMq;

/// <summary>From a booking's 201 to a stock worker's hands.</summary>
[Collection<AloneOnTheMachine>]
public sealed class NotificationLatencyTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const int Rounds = 5;

    private QueueRedis _redis = null!;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _redis = await QueueRedis.StartAsync();
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Theory]
    [InlineData(5, 1)]
    [InlineData(6, 1)]
    [InlineData(5, 200)]
    [InlineData(6, 200)]
    public async Task A_job_is_in_a_workers_hands_within_a_second_of_its_booking(int major, int atOnce)
    {
        await using var stock = await StockBullMq.StartAsync(major, _redis.Server.Port);
        await stock.CallAsync("work", new { concurrency = 20 });
        await using var replica = service.StartReplica(_redis.Setting);
        // Connections and code are warm after it, as in a service that has run for a while.
        await RoundAsync();

        // The best round counts: the machine may be busy with other things.
        long[] best = [long.MaxValue];
        for (var round = 1; round <= Rounds && best[^1] >= 1_000; round++)
        {
            var delays = await RoundAsync();
            TestContext.Current.SendDiagnosticMessage(
                "BullMQ {0}, {1} at once, round {2}: median {3} ms, worst {4} ms from the 201 to a worker's hands, of {5}",
                major, atOnce, round, delays[delays.Length / 2], delays[^1], delays.Length);
            if (delays[^1] < best[^1])
                best = delays;
        }

        var (median, worst) = (best[best.Length / 2], best[^1]);
        Assert.True(worst < 1_000, $"worst {worst} ms, median {median} ms");
        // The dispatcher's poll alone would take half a second.
        if (atOnce == 1)
            Assert.True(median < 300, $"median {median} ms");

        // Delays in ms, sorted; less than 0 when the worker was faster than the answer's way back.
        async Task<long[]> RoundAsync()
        {
            var answered = new ConcurrentDictionary<long, long>();
            for (var i = 0; i < (atOnce == 1 ? 20 : 1); i++)
            {
                var before = await stock.CountAsync("completed");
                await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
                {
                    var booking = await service.BookAsync(replica);
                    answered[booking] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
                }));
                await Eventually.Async("all are done", TimeSpan.FromSeconds(10), async () => await stock.CountAsync("completed") == before + atOnce);
            }

            var taken = (await stock.ListAsync("taken")).Where(job => answered.ContainsKey((long)job!["data"]!["bookingId"]!)).ToArray();
            Assert.Equal(answered.Count, taken.Length);
            return [.. taken.Select(job => (long)job!["at"]! - answered[(long)job["data"]!["bookingId"]!]).Order()];
        }
    }
}
