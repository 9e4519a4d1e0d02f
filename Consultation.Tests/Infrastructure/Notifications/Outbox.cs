using Consultation.Tests.Support;
using Dapper;
using Npgsql;

namespace Consultation.Tests.Infrastructure.Notifications;

internal sealed record OutboxState
{
    public required string DedupKey { get; init; }

    public int Attempts { get; init; }

    public string? LastError { get; init; }

    public DateTime? QueuedAt { get; init; }

    public DateTime NextAttemptAt { get; init; }
}

/// <summary>Writes bookings with their rows as the booking statement does, and reads the rows back.</summary>
internal static class Outbox
{
    private static int s_slots;

    public static Task ResetAsync(NpgsqlDataSource database) => ExecuteAsync(database, "truncate notification_outbox, consultation_booking, consultation_slot");

    public static async Task<long> BookAsync(NpgsqlDataSource database, string? customerId = null, string name = "Ada", string? message = null)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var start = new DateTime(2026, 12, 1, 3, 15, 0, DateTimeKind.Utc).AddMinutes(30 * Interlocked.Increment(ref s_slots));
        var booking = await connection.ExecuteScalarAsync<long>(
            """
            with slot as (
                insert into consultation_slot (date, start_time, end_time)
                values ((@start at time zone 'Asia/Kathmandu')::date, @start, @start + interval '30 minutes') returning id
            ), booking as (
                insert into consultation_booking (slot_id, customer_id, name, email, phone, message)
                select id, @customerId, @name, 'ada@example.org', '12345', @message from slot returning id
            ), jobs as (
                insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at)
                select id, 'notification.send_email', 'consultation:booking:' || id || ':email', @now, @now from booking
                union all
                select id, 'notification.send_push', 'consultation:booking:' || id || ':push:' || @customerId, @now, @now from booking where @customerId is not null
            )
            select id from booking
            """,
            new { start, customerId, name, message, now = DateTimeOffset.UtcNow },
            transaction);
        await transaction.CommitAsync();
        return booking;
    }

    public static async Task<OutboxState[]> RowsAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        return [.. await connection.QueryAsync<OutboxState>(
            """
            select dedup_key as "DedupKey", attempts as "Attempts", last_error as "LastError", queued_at as "QueuedAt", next_attempt_at as "NextAttemptAt"
            from notification_outbox order by id
            """)];
    }

    public static Task AllQueuedAsync(NpgsqlDataSource database, TimeSpan atMost) =>
        Eventually.Async("all rows are queued", atMost, async () => (await RowsAsync(database)).All(row => row.QueuedAt is not null));

    /// <summary>By hand: as an operator would send everything again.</summary>
    public static Task ReplayAsync(NpgsqlDataSource database) =>
        ExecuteAsync(database, "update notification_outbox set queued_at = null, next_attempt_at = now() - interval '1 second'");

    public static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var connection = await database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql);
    }
}
