using Consultation.Infrastructure.BullMq;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Telemetry;
using Dapper;
using Npgsql;

namespace Consultation.Infrastructure.Outbox;

/// <summary>
/// Moves rows of the outbox to the notifications queue, in every replica. It is woken by the bookings of its own process
/// (<see cref="OutboxSignal"/>, which says why not by PostgreSQL) and otherwise looks once a second, for rows that are due again and those of
/// replicas that died. Rows are locked while they are tried, so replicas share the work; one that dies between the queue's answer and
/// the mark leaves a row that is sent again, which the queue's dedup guard absorbs.
/// </summary>
internal sealed partial class OutboxDispatcher(
    [FromKeyedServices(DatabaseSetup.Outbox)] Postgres postgres,
    BullMqQueue queue,
    OutboxSignal signal,
    OutboxHealth health,
    TimeZoneInfo zone,
    TimeProvider time,
    Metrics metrics,
    IHostEnvironment environment,
    ILogger<OutboxDispatcher> logger) : BackgroundService
{
    private const int BatchSize = 100;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly LogLevel _queuedLevel = environment.IsDevelopment() ? LogLevel.Information : LogLevel.Debug;
    private readonly OutboxSignal _queueRestored = new();
    private long _lastReading;
    private long? _queueAwaySince;
    private int _failedPasses;

    public override void Dispose()
    {
        _queueRestored.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await queue.ConnectAsync(_queueRestored.Wake);

        var moreToDo = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                moreToDo = await PassAsync(moreToDo);
                _failedPasses = 0;
            }
            catch (Exception e)
            {
                // Whatever it is, the loop must outlive it: nobody else moves the rows.
                if (e is not DatabaseUnavailableException) // which has been said
                    LogPassFailed(e);
                moreToDo = true;
                await Task.Delay(Backoff(++_failedPasses, LongestPause), stoppingToken);
                continue;
            }

            // While the queue is away new bookings are no reason to hurry: only its return is.
            if (_queueAwaySince is not null)
                moreToDo = await _queueRestored.WaitAsync(Poll, stoppingToken);
            else if (!moreToDo)
                moreToDo = await signal.WaitAsync(Poll, stoppingToken);
        }
    }

    /// <summary>
    /// One look and at most one batch; true when there may be more. Not cancelled by a shutdown, but bounded: the queue's 2 s and three
    /// short statements fit into <see cref="Postgres.Timeout"/>, a database that hangs does not.
    /// </summary>
    private async Task<bool> PassAsync(bool moreToDo)
    {
        var queueIsBack = _queueAwaySince is not null && await queue.TakesJobsAsync();
        if (queueIsBack)
        {
            await postgres.UseAsync((db, token) => db.ExecuteAsync(Queries.Command(OutboxSql.PullForward, new { now = time.GetUtcNow() }, token)));
            LogQueueBack(time.GetElapsedTime(_queueAwaySince!.Value).TotalSeconds);
            _queueAwaySince = null;
        }

        if (!moreToDo || time.GetElapsedTime(_lastReading) >= Poll)
        {
            _lastReading = time.GetTimestamp();
            var reading = await health.ReadAsync();
            if (reading.Depth == 0 && !moreToDo)
                return false;
        }

        var (rows, failures) = await postgres.UseAsync(DispatchAsync);
        Report(rows, failures);
        return rows.Count == BatchSize;
    }

    private async Task<(List<OutboxRow> Rows, EnqueueFailure?[] Failures)> DispatchAsync(NpgsqlConnection db, CancellationToken cancellationToken)
    {
        await using var transaction = await db.BeginTransactionAsync(cancellationToken);
        var rows = (await db.QueryAsync<OutboxRow>(new CommandDefinition(
            OutboxSql.Take, new { now = time.GetUtcNow(), limit = BatchSize }, transaction, cancellationToken: cancellationToken))).AsList();
        if (rows.Count == 0)
            return (rows, []);

        var failures = await Task.WhenAll(rows.Select(EnqueueAsync));

        var now = time.GetUtcNow();
        await db.ExecuteAsync(new CommandDefinition(
            OutboxSql.Mark,
            new
            {
                now,
                ids = rows.Select(row => row.Id).ToArray(),
                errors = failures.Select(failure => failure?.Error).ToArray(),
                nextAttempts = rows.Select(row => now + Backoff(row.Attempts + 1, LongestRetryDelay)).ToArray(),
            },
            transaction,
            cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return (rows, failures);
    }

    private async Task<EnqueueFailure?> EnqueueAsync(OutboxRow row)
    {
        try
        {
            return await queue.AddAsync(NotificationJob.Of(row, zone));
        }
        catch (Exception e)
        {
            // A defect that one row brings out is its own trouble, not that of the rows beside it.
            LogDefect(e, row.Job, row.BookingId);
            return new EnqueueFailure("The job could not be made.", QueueAway: false);
        }
    }

    private void Report(List<OutboxRow> rows, EnqueueFailure?[] failures)
    {
        foreach (var (row, failure) in rows.Zip(failures))
        {
            var job = new KeyValuePair<string, object?>("notification", row.Job); // "job" is the service's own name in Prometheus
            if (failure is null)
            {
                metrics.OutboxDispatched.Add(1, job);
                LogQueued(_queuedLevel, row.Job, row.BookingId, row.DedupKey);
                continue;
            }

            metrics.OutboxDispatchErrors.Add(1, job);
            if (!failure.QueueAway)
            {
                LogRefused(row.Job, row.BookingId, row.Attempts + 1, failure.Error);
            }
            else if (_queueAwaySince is null)
            {
                _queueAwaySince = time.GetTimestamp();
                LogQueueAway(failure.Error);
            }
        }
    }

    /// <summary>Half a second to a second after the first failure, then doubling; the jitter keeps what failed together from coming back together.</summary>
    private static TimeSpan Backoff(int failures, TimeSpan longest) =>
        longest * Math.Min(1, Math.Pow(2, failures - 1) / longest.TotalSeconds) * (0.5 + (Random.Shared.NextDouble() / 2));

    [LoggerMessage("Job {Job} of booking {BookingId} is on the queue ({DedupKey}).")]
    private partial void LogQueued(LogLevel level, string job, long bookingId, string dedupKey);

    [LoggerMessage(LogLevel.Warning, "Job {Job} of booking {BookingId} failed for the {Attempt}. time: {Error}")]
    private partial void LogRefused(string job, long bookingId, int attempt, string error);

    [LoggerMessage(LogLevel.Error, "Job {Job} of booking {BookingId} met a defect.")]
    private partial void LogDefect(Exception exception, string job, long bookingId);

    [LoggerMessage(LogLevel.Warning, "The notifications queue is away, jobs wait in the outbox: {Error}")]
    private partial void LogQueueAway(string error);

    [LoggerMessage(LogLevel.Information, "The notifications queue is back after {Seconds:F1} s.")]
    private partial void LogQueueBack(double seconds);

    [LoggerMessage(LogLevel.Error, "The outbox met a defect; tried again with growing pauses.")]
    private partial void LogPassFailed(Exception exception);
}
