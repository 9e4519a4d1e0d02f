using Consultation.Infrastructure.Database;
using Dapper;
using Npgsql;

namespace Consultation.Infrastructure.Outbox;

/// <summary>
/// Removes rows long after their job was queued: later than the guard on the queue ends, so that a row replayed by hand is always refused
/// by one of the two. Looks once an hour; batches are small and taken by one replica at a time.
/// </summary>
internal sealed partial class OutboxRetention(
    [FromKeyedServices(DatabaseSetup.Outbox)] Postgres postgres, OutboxSql sql, TimeProvider time, ILogger<OutboxRetention> logger) : BackgroundService
{
    public static readonly TimeSpan Kept = TimeSpan.FromDays(35);

    public const int BatchSize = 500;

    /// <summary>The advisory lock: "outbox" in ASCII.</summary>
    public const long LockKey = 0x6F7574626F78;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Returns how many rows are gone; 0 when another replica is at it.</summary>
    public async Task<int> RemoveOldAsync(CancellationToken cancellationToken)
    {
        var total = 0;
        int removed;
        do
            total += removed = await postgres.UseAsync(RemoveBatchAsync, cancellationToken);
        while (removed == BatchSize);
        return total;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await RemoveOldAsync(stoppingToken);
            }
            catch (DatabaseUnavailableException)
            {
                // which has been said; the next look is in an hour
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<int> RemoveBatchAsync(NpgsqlConnection db, CancellationToken cancellationToken)
    {
        await using var transaction = await db.BeginTransactionAsync(cancellationToken);
        if (!await db.ExecuteScalarAsync<bool>(Queries.Command(OutboxSql.TryRetentionLock, new { key = LockKey }, cancellationToken, transaction)))
            return 0;

        var removed = await db.ExecuteAsync(new CommandDefinition(
            sql.RemoveOld, new { before = time.GetUtcNow() - Kept, limit = BatchSize }, transaction, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return removed;
    }

    [LoggerMessage(LogLevel.Warning, "Old outbox rows could not be removed; the next try is in an hour.")]
    private partial void LogFailed(Exception exception);
}
