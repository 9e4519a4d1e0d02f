using System.Net;
using Consultation.Infrastructure.Outbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Consultation.Tests.Support;

internal sealed record OutboxState
{
    public required string DedupKey { get; init; }

    public int Attempts { get; init; }

    public string? LastError { get; init; }

    public DateTime? QueuedAt { get; init; }

    public DateTime NextAttemptAt { get; init; }
}

/// <summary>Bookings whose notifications a test follows, the rows that owe them, and what the dispatcher says.</summary>
internal static class Outbox
{
    private static int Hours = 24;

    /// <summary>A real booking, of a slot of its own.</summary>
    /// <returns>The booking's id.</returns>
    public static async Task<long> BookAsync(this Service service, Replica replica, string? customerId = null, string name = "Ada Lovelace", string? message = null)
    {
        var slotId = await service.SlotInAsync(Interlocked.Increment(ref Hours));
        var answer = await replica.Http.PostAsync(
            HttpJson.Book,
            new { slotId, name, email = "ada@example.org", phone = "+44 20 7946 0000", message },
            customerId is null ? null : Tokens.Customer(customerId));
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return (long)answer["id"];
    }

    /// <summary>What a replica leaves that dies right after it has committed so many guests' bookings: rows that nobody was woken for.</summary>
    public static Task LeaveAsync(this Service service, int bookings) => service.ExecuteAsync(
        """
        with slot as (
            insert into consultation_slot (date, start_time, end_time)
            select start::date, start, start + interval '30 minutes'
            from (select timestamptz '2101-01-01Z' + n * interval '1 day' from generate_series(1, @bookings) n) as starts (start)
            returning id
        ), booking as (
            insert into consultation_booking (slot_id, name, email, phone)
            select id, 'Ada Lovelace', 'ada@example.org', '+44 20 7946 0000' from slot returning id
        )
        insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at)
        select id, 'notification.send_email', 'consultation:booking:' || id || ':email', now(), now() from booking
        """,
        new { bookings });

    public static Task<IReadOnlyList<OutboxState>> RowsAsync(this Service service) => service.QueryAsync<OutboxState>(
        """
        select dedup_key as "DedupKey", attempts as "Attempts", last_error as "LastError", queued_at as "QueuedAt", next_attempt_at as "NextAttemptAt"
        from notification_outbox order by id
        """);

    public static Task AllQueuedAsync(this Service service, TimeSpan atMost) =>
        Eventually.Async("all rows are queued", atMost, async () => (await service.RowsAsync()).All(row => row.QueuedAt is not null));

    /// <summary>By hand: as an operator would send everything again.</summary>
    public static Task ReplayAsync(this Service service) =>
        service.ExecuteAsync("update notification_outbox set queued_at = null, next_attempt_at = now() - interval '1 second'");

    public static void Wake(this Replica replica) => replica.Services.GetRequiredService<OutboxSignal>().Wake();

    public static IEnumerable<string> OutboxSaid(this Replica replica, LogLevel level) =>
        replica.Log.All.Where(line => line.Level == level && line.Category.StartsWith(typeof(OutboxDispatcher).Namespace!, StringComparison.Ordinal)).Select(line => line.Text);
}
