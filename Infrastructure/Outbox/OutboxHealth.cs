using Consultation.Infrastructure.Database;
using Dapper;

namespace Consultation.Infrastructure.Outbox;

/// <summary>How many jobs have not reached the queue, and since when the oldest of them waits.</summary>
internal sealed record OutboxReading
{
    public long Depth { get; init; }

    /// <summary>UTC; null when nothing waits.</summary>
    public DateTime? Oldest { get; init; }

    public TimeSpan AgeAt(DateTimeOffset now) => Oldest is { } oldest && now.UtcDateTime > oldest ? now.UtcDateTime - oldest : TimeSpan.Zero;
}

/// <summary>Reads the state of the outbox. The gauges show the last reading, so that a scrape never waits for a database.</summary>
internal sealed class OutboxHealth
{
    /// <summary>When the oldest job waits longer than this, the notifications are degraded.</summary>
    public static readonly TimeSpan DegradedAfter = TimeSpan.FromMinutes(1);

    private readonly Postgres _postgres;
    private readonly OutboxSql _sql;
    private readonly TimeProvider _time;
    private OutboxReading _last = new();

    public OutboxHealth([FromKeyedServices(DatabaseSetup.Outbox)] Postgres postgres, OutboxSql sql, TimeProvider time, OutboxMetrics metrics)
    {
        (_postgres, _sql, _time) = (postgres, sql, time);
        metrics.Observe(() => _last.Depth, () => Age.TotalSeconds);
    }

    /// <summary>
    /// How long the oldest job has waited. It grows between readings too: a dispatcher that cannot read must not look young.
    /// </summary>
    public TimeSpan Age => _last.AgeAt(_time.GetUtcNow());

    /// <exception cref="DatabaseUnavailableException">PostgreSQL does not answer.</exception>
    public async Task<OutboxReading> ReadAsync() =>
        _last = await _postgres.UseAsync((db, token) => db.QuerySingleAsync<OutboxReading>(Queries.Command(_sql.Read, null, token)));
}
