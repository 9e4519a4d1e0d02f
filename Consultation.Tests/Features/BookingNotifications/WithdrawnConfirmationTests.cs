using Consultation.Features.BookingNotifications;
using Consultation.Infrastructure.BullMq;
using Consultation.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Features.BookingNotifications;

/// <summary>
/// A confirmation that is not on the queue when its booking is cancelled is not sent any more, and then neither is the cancellation; each
/// job by itself.
/// </summary>
public sealed class WithdrawnConfirmationTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    /// <summary>A cancellation with nothing but what concerns its notifications.</summary>
    private const string Cancel = $"""
        with ended as (
            delete from consultation_booking where id = @booking returning *
        ), kept as (
            insert into consultation_cancelled_booking
                (id, slot_id, date, start_time, end_time, customer_id, name, email, phone, created_at, cancelled_at, cancelled_by)
            select e.id, s.id, s.date, s.start_time, s.end_time, e.customer_id, e.name, e.email, e.phone, e.created_at, now(), 'guest'
            from ended e join consultation_slot s on s.id = e.slot_id
        ), cancelled as (
            select id, customer_id, now() as cancelled_at, @notify as notify from ended
        ), {BookingNotificationsSql.OweCancellations}
        select count(*) from cancelled
        """;

    private QueueRedis _redis = null!;

    private IDatabase Queue => _redis.Keys;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _redis = await QueueRedis.StartAsync();
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task A_confirmation_that_was_sent_is_followed_by_the_cancellation()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        var booking = await service.BookAsync(replica, "c-1");
        await service.AllQueuedAsync(Soon);

        await CancelAsync(replica, booking);
        await service.AllQueuedAsync(Soon);

        Assert.Equal(Keys(booking, "cancelled:email", "cancelled:push:c-1", "email", "push:c-1"), await _redis.WaitingAsync());
        var id = await Queue.ListGetByIndexAsync($"{QueueRedis.P}wait", 0);
        var data = (string?)await Queue.HashGetAsync($"{QueueRedis.P}{id}", "data");
        Assert.Contains("\"template\":\"consultation.booking_cancelled\",\"name\":\"Ada Lovelace\",\"slot\":{", data, StringComparison.Ordinal);
        Assert.DoesNotContain("accessKey", data, StringComparison.Ordinal);
        Assert.DoesNotContain("calendar", data, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_confirmation_that_waits_while_the_queue_is_away_is_never_sent_and_neither_is_the_cancellation(bool notify)
    {
        await using var replica = service.StartReplica(_redis.Setting);
        await _redis.Server.KillAsync();
        var booking = await service.BookAsync(replica, "c-1");
        await CancelAsync(replica, booking, notify);
        var other = await service.BookAsync(replica);

        await _redis.Server.StartAgainAsync(keepData: true);
        await Eventually.Async("the other booking's is all there is", Soon, async () => (await service.RowsAsync()) is [{ QueuedAt: not null }]);

        Assert.Equal(Keys(other, "email"), await _redis.WaitingAsync());
        Assert.Equal("withdrawn", await Queue.StringGetAsync($"{QueueRedis.P}de:consultation:booking:{booking}:email"));
    }

    [Fact]
    public async Task A_confirmation_that_is_on_the_queue_unknown_to_the_database_is_followed_by_the_cancellation()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        var booking = await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);
        // what a replica leaves that dies between the queue and the mark
        await service.ExecuteAsync("update notification_outbox set queued_at = null, attempts = 0, next_attempt_at = now() + interval '1 hour'");

        await CancelAsync(replica, booking);
        await Eventually.Async("both are queued", Soon, async () => (await service.RowsAsync()) is [{ QueuedAt: not null }, { QueuedAt: not null }]);

        Assert.Equal(Keys(booking, "cancelled:email", "email"), await _redis.WaitingAsync());
    }

    [Fact]
    public async Task Each_job_is_looked_at_by_itself()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        var booking = await service.BookAsync(replica, "c-1");
        await service.AllQueuedAsync(Soon);
        await service.ExecuteAsync("update notification_outbox set queued_at = null, next_attempt_at = now() + interval '1 hour' where job = 'notification.send_push'");
        await Queue.KeyDeleteAsync($"{QueueRedis.P}de:consultation:booking:{booking}:push:c-1");

        await CancelAsync(replica, booking);
        await Eventually.Async("mail and cancellation are queued, the push is gone", Soon, async () =>
            (await service.RowsAsync()) is [{ QueuedAt: not null }, { QueuedAt: not null }]);

        Assert.Equal(Keys(booking, "cancelled:email", "email"), (await service.RowsAsync()).Select(row => row.DedupKey).Order());
    }

    [Fact]
    public async Task Without_notice_nothing_new_is_owed_and_what_was_not_sent_is_withdrawn()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        var sent = await service.BookAsync(replica);
        await service.AllQueuedAsync(Soon);

        await CancelAsync(replica, sent, notify: false);

        Assert.Equal(Keys(sent, "email"), (await service.RowsAsync()).Select(row => row.DedupKey));
    }

    [Fact]
    public async Task A_job_that_was_withdrawn_cannot_be_added_by_whoever_still_holds_it_and_one_that_was_added_cannot_be_withdrawn()
    {
        await using var replica = service.StartReplica(_redis.Setting);
        var queue = replica.Services.GetRequiredService<BullMqQueue>();

        Assert.Equal([QueueState.Withdrawn, QueueState.Withdrawn], [(await queue.WithdrawAsync("one")).State, (await queue.WithdrawAsync("one")).State]);
        var added = await queue.AddAsync([new QueueJob("job", "one", "{}"), new QueueJob("job", "two", "{}")]);
        Assert.Equal([QueueState.Withdrawn, QueueState.Queued], added.Select(answer => answer.State));
        Assert.Equal(QueueState.Queued, (await queue.WithdrawAsync("two")).State);
        Assert.Equal(["two"], await _redis.WaitingAsync());
        Assert.InRange((await Queue.KeyTimeToLiveAsync($"{QueueRedis.P}de:one"))!.Value, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));
    }

    [Fact]
    public async Task A_dispatcher_that_died_after_it_had_withdrawn_a_job_is_carried_on_by_another()
    {
        await service.LeaveAsync(1);
        await service.ExecuteAsync("update notification_outbox set next_attempt_at = now() + interval '1 hour'");
        var booking = await service.ScalarAsync<long>("select id from consultation_booking");
        await using (var first = service.StartReplica(_redis.Setting))
            await first.Services.GetRequiredService<BullMqQueue>().WithdrawAsync($"consultation:booking:{booking}:email");
        await service.ExecuteAsync(Cancel, new { booking, notify = true });

        await using var next = service.StartReplica(_redis.Setting);
        await Eventually.Async("no row is left", Soon, async () => (await service.RowsAsync()).Count == 0);
        Assert.Empty(await _redis.WaitingAsync());
    }

    private static IEnumerable<string> Keys(long booking, params string[] suffixes) => suffixes.Select(suffix => $"consultation:booking:{booking}:{suffix}");

    private async Task CancelAsync(Replica replica, long booking, bool notify = true)
    {
        await service.ExecuteAsync(Cancel, new { booking, notify });
        replica.Wake();
    }
}
