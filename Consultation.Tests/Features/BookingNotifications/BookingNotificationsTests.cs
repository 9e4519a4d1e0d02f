using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using Consultation.Infrastructure.Telemetry;
using Consultation.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Consultation.Tests.Features.BookingNotifications;

/// <summary>From a booking over HTTP to the notifications runtime, and what staff and operators see of the way.</summary>
public sealed class BookingNotificationsTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private QueueRedis _redis = null!;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _redis = await QueueRedis.StartAsync();
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task A_guest_is_owed_an_email_and_a_customer_a_push_as_well()
    {
        await using var replica = service.StartReplica(_redis.Setting);

        var guest = await service.BookAsync(replica);
        var customer = await service.BookAsync(replica, "c-1");
        var staff = await replica.Http.BookAsync(await service.SlotInAsync(1), Tokens.Admin());
        await service.AllQueuedAsync(Soon);

        Assert.Equal(
            [
                $"consultation:booking:{guest}:email", $"consultation:booking:{customer}:email", $"consultation:booking:{customer}:push:c-1",
                $"consultation:booking:{staff["id"]}:email",
            ],
            await _redis.WaitingAsync());
    }

    [Fact]
    public async Task A_replayed_booking_and_a_refused_one_owe_nothing()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        var (slot, token) = (await service.SlotInAsync(2), Tokens.Customer("c-1"));
        var first = await replica.Http.BookAsync(slot, token, "key-1");
        await service.AllQueuedAsync(Soon);

        var replayed = await replica.Http.BookAsync(slot, token, "key-1");
        var taken = await replica.Http.BookAsync(slot, token);
        var inactive = await replica.Http.BookAsync(await service.SlotInAsync(3, active: false));
        var invalid = await replica.Http.PostAsync(HttpJson.Book, new { slotId = await service.SlotInAsync(4), name = "Ada" });

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, "true"), (first.Status, replayed.Status, replayed.Header("Idempotency-Replayed")));
        Assert.All([taken, inactive, invalid], refused => Assert.Equal(HttpStatusCode.BadRequest, refused.Status));
        Assert.Equal([$"consultation:booking:{first["id"]}:email", $"consultation:booking:{first["id"]}:push:c-1"], (await service.RowsAsync()).Select(row => row.DedupKey));
        Assert.Equal(2, await _redis.Keys.StringGetAsync($"{QueueRedis.P}id"));
    }

    [Fact]
    public async Task While_the_queue_is_away_bookings_go_on_and_staff_see_what_waits_and_why()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        var before = await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);

        await _redis.Server.KillAsync();
        var bookings = await Task.WhenAll(Enumerable.Range(1, 10).Select(i => service.BookAsync(replica, $"c-{i}")));
        await Eventually.Async("all have been tried", Soon, async () => (await service.RowsAsync()).All(row => row.Attempts > 0));
        var waiting = await NotificationsAsync(replica, bookings[0]);

        Assert.Equal(["notification.send_email", "notification.send_push"], waiting.Select(job => (string)job!["job"]!));
        Assert.Equal([$"consultation:booking:{bookings[0]}:email", $"consultation:booking:{bookings[0]}:push:c-1"], waiting.Select(job => (string)job!["dedupKey"]!));
        Assert.All(waiting, job =>
        {
            Assert.Equal(("pending", null), ((string)job!["state"]!, job["queuedAt"]));
            Assert.True((int)job["attempts"]! >= 1);
            Assert.StartsWith("The queue ", (string)job["lastError"]!, StringComparison.Ordinal);
        });

        await _redis.Server.StartAgainAsync(keepData: true);
        await service.AllQueuedAsync(Soon);

        Assert.Equal(21, (await _redis.WaitingAsync()).Distinct().Count());
        foreach (var booking in bookings.Append(before))
            Assert.All(await NotificationsAsync(replica, booking), job =>
            {
                Assert.Equal(("queued", null), ((string)job!["state"]!, job["lastError"]));
                Assert.EndsWith("Z", (string)job["queuedAt"]!, StringComparison.Ordinal);
            });
    }

    [Fact]
    public async Task Depth_age_jobs_and_failed_tries_are_metrics()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        var seen = new ConcurrentDictionary<string, double>();
        var meters = replica.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Metrics.MeterName && instrument.Meter.Scope == meters)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            seen.AddOrUpdate(instrument.Name, value, (_, before) => instrument is Counter<long> ? before + value : value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen[instrument.Name] = value);
        listener.Start();

        await _redis.Server.KillAsync();
        await service.BookAsync(replica, "c-1");
        await Eventually.Async("two jobs wait, and have failed", Soon, () => Task.FromResult(
            Value("depth") == 2 && Value("dispatch_errors") >= 2));
        service.Clock.Advance(TimeSpan.FromSeconds(90));
        Assert.InRange(Value("age"), 90, 120);

        await _redis.Server.StartAgainAsync(keepData: true);
        await Eventually.Async("none waits, two were sent", Soon, () => Task.FromResult(
            Value("depth") == 0 && Value("age") == 0 && Value("dispatched") == 2));

        double Value(string name)
        {
            listener.RecordObservableInstruments();
            return seen.GetValueOrDefault($"consultation.outbox.{name}");
        }
    }

    private static async Task<JsonArray> NotificationsAsync(Replica replica, long booking) =>
        (await replica.Http.GetAsync($"{HttpJson.AdminBookings}/{booking}", Tokens.Admin()))["notifications"].AsArray();
}
