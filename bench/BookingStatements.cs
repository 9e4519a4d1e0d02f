using Consultation.Features.BookSlot;
using Dapper;
using Npgsql;

namespace Consultation.Bench;

/// <summary>Ways to book a slot in PostgreSQL: the service's, and those that it was chosen over.</summary>
internal static class BookingStatements
{
    public static async Task InOneStatement(NpgsqlConnection db, long slotId) => await Verdict(db, BookSlotSql.Book, slotId);

    public static async Task WithNotify(NpgsqlConnection db, long slotId) =>
        await Verdict(db, BookSlotSql.Book.Replace("select verdict,", "select verdict || coalesce(pg_notify('consultation_outbox', '')::text, '') as verdict,", StringComparison.Ordinal), slotId);

    /// <summary>Right as well, under a lock: look, decide, write, one question at a time.</summary>
    public static async Task InATransaction(NpgsqlConnection db, long slotId)
    {
        await using var transaction = await db.BeginTransactionAsync();
        var now = DateTime.UtcNow;
        await db.QuerySingleAsync("select is_active, start_time from consultation_slot where id = @slotId for update", new { slotId }, transaction);
        if (await db.ExecuteScalarAsync<bool>("select exists (select from consultation_booking where slot_id = @slotId)", new { slotId }, transaction))
            throw new InvalidOperationException("The slot is taken.");
        var id = await db.ExecuteScalarAsync<long>(
            "insert into consultation_booking (slot_id, name, email, phone, created_at, updated_at) values (@slotId, 'Ada', 'ada@example.org', '+44 20 7946 0000', @now, @now) returning id",
            new { slotId, now }, transaction);
        await db.ExecuteAsync(
            "insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at) values (@id, 'notification.send_email', 'consultation:booking:' || @id || ':email', @now, @now)",
            new { id, now }, transaction);
        await transaction.CommitAsync();
    }

    private static async Task Verdict(NpgsqlConnection db, string sql, long slotId)
    {
        var verdict = await db.QuerySingleAsync<string>(sql, new
        {
            SlotId = slotId,
            CustomerId = (string?)null,
            Name = "Ada",
            Email = "ada@example.org",
            Phone = "+44 20 7946 0000",
            Message = (string?)null,
            Caller = "",
            IdempotencyKey = (string?)null,
            Now = DateTime.UtcNow,
        });
        if (verdict != "booked")
            throw new InvalidOperationException($"Expected a booking, not '{verdict}'.");
    }
}
