using System.Data.Common;
using Consultation.Infrastructure.BullMq;
using Consultation.Infrastructure.Database;
using Npgsql;

namespace Consultation.Infrastructure.Outbox;

/// <summary>
/// Moves rows of the outbox to the queue that nobody has moved yet, in every replica: those of replicas that died or had no time, those
/// that failed, those of writes that leave it to this (<see cref="OutboxSignal"/>, which says why not by PostgreSQL). Replicas share the
/// work, since taking a row puts it off for the others; one that dies meanwhile leaves a row that is sent again, which the queue's dedup
/// guard absorbs.
/// </summary>
internal sealed partial class OutboxDispatcher(
    [FromKeyedServices(DatabaseSetup.Outbox)] Postgres postgres,
    OutboxDefinition outbox,
    OutboxSql sql,
    BullMqQueue queue,
    QueueWatch watch,
    OutboxSignal signal,
    OutboxHealth health,
    OutboxMarks marks,
    TimeProvider time,
    ILogger<OutboxDispatcher> logger) : BackgroundService
{
    private const int BatchSize = 100;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>The queue's 2 s and the marks' <see cref="Postgres.Timeout"/>, with room.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly OutboxSignal _queueRestored = new();
    private long _lastReading;
    private int _failedPasses;

    public override void Dispose()
    {
        _queueRestored.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await queue.ConnectAsync(_queueRestored.Wake);
        if (await queue.FindFaultAsync() is { } fault)
            LogFault(fault);

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
                await Task.Delay(OutboxMarks.Backoff(++_failedPasses, LongestPause), stoppingToken);
                continue;
            }

            // While the queue is away new rows are no reason to hurry: only its return is.
            if (watch.IsAway)
                moreToDo = await _queueRestored.WaitAsync(Poll, stoppingToken);
            else if (!moreToDo)
                moreToDo = await signal.WaitAsync(Poll, stoppingToken);
        }
    }

    /// <summary>
    /// One look and at most one batch; true when there may be more. Not cancelled by a shutdown, but bounded: the queue's 2 s and a few
    /// short statements.
    /// </summary>
    private async Task<bool> PassAsync(bool moreToDo)
    {
        if (watch.IsAway && await queue.TakesJobsAsync())
        {
            await postgres.ExecuteAsync(sql.PullForward, new { now = time.GetUtcNow() });
            watch.Back();
        }

        if (!moreToDo || time.GetElapsedTime(_lastReading) >= Poll)
        {
            _lastReading = time.GetTimestamp();
            var reading = await health.ReadAsync();
            if (reading.Depth == 0 && !moreToDo)
                return false;
        }

        var rows = await postgres.UseAsync(TakeAsync);
        if (rows.FindAll(row => !row.Withdrawn) is { Count: > 0 } due)
            await SendAsync(due);
        if (rows.FindAll(row => row.Withdrawn) is { Count: > 0 } withdrawn)
            await marks.SettleAsync(await Task.WhenAll(withdrawn.Select(WithdrawAsync)));
        return rows.Count == BatchSize;
    }

    private async Task<List<Row>> TakeAsync(NpgsqlConnection db, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = new NpgsqlCommand(sql.Take, db)
        {
            Parameters =
            {
                new NpgsqlParameter<DateTimeOffset>("now", now),
                new NpgsqlParameter<DateTimeOffset>("until", now + Lease),
                new NpgsqlParameter<int>("limit", BatchSize),
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(Read(reader));
        return rows;
    }

    private Row Read(DbDataReader reader)
    {
        var row = new Row(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetBoolean(4));
        if (row.Withdrawn)
            return row; // what it would have said is gone
        try
        {
            return row with { Data = outbox.DataOf(reader) };
        }
        catch (Exception e)
        {
            // A defect that one row brings out is its own trouble, not that of the rows beside it.
            LogDefect(e, row.Job, row.DedupKey);
            return row;
        }
    }

    private async Task SendAsync(List<Row> rows)
    {
        var made = rows.FindAll(row => row.Data is not null);
        var answers = made.Count == 0 ? [] : await queue.AddAsync(made.ConvertAll(row => new QueueJob(row.Job, row.DedupKey, row.Data!)));
        await marks.WriteAsync(
        [
            .. made.Select((row, i) => row.Tried(answers[i])),
            .. rows.Except(made).Select(row => row.Tried(new QueueAnswer(QueueState.Refused, "The job could not be made."))),
        ]);
    }

    private async Task<(long Id, OutboxTry Try)> WithdrawAsync(Row row) => (row.Id, row.Tried(await queue.WithdrawAsync(row.DedupKey)));

    [LoggerMessage(LogLevel.Error, "Job {Job} ({DedupKey}) met a defect.")]
    private partial void LogDefect(Exception exception, string job, string dedupKey);

    [LoggerMessage(LogLevel.Warning, "{Fault}")]
    private partial void LogFault(string fault);

    [LoggerMessage(LogLevel.Error, "The outbox met a defect; tried again with growing pauses.")]
    private partial void LogPassFailed(Exception exception);

    private sealed record Row(long Id, string Job, string DedupKey, int Attempts, bool Withdrawn)
    {
        /// <summary>Null when it could not be made.</summary>
        public string? Data { get; init; }

        public OutboxTry Tried(QueueAnswer answer) => new(Job, DedupKey, Attempts, answer);
    }
}
