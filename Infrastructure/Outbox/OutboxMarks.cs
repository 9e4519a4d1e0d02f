using Consultation.Infrastructure.BullMq;
using Consultation.Infrastructure.Database;

namespace Consultation.Infrastructure.Outbox;

/// <summary>One try to bring a job to the queue; <paramref name="Attempts"/> are those before it.</summary>
internal sealed record OutboxTry(string Name, string DedupKey, int Attempts, QueueAnswer Answer);

/// <summary>Writes down what became of tries, for many rows in one statement, and tells operators.</summary>
internal sealed partial class OutboxMarks(
    [FromKeyedServices(DatabaseSetup.Outbox)] Postgres postgres,
    OutboxSql sql,
    QueueWatch watch,
    OutboxMetrics metrics,
    TimeProvider time,
    IHostEnvironment environment,
    ILogger<OutboxMarks> logger)
{
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(15);

    private readonly LogLevel _queuedLevel = environment.IsDevelopment() ? LogLevel.Information : LogLevel.Debug;

    /// <summary>
    /// Half a second to a second after the first failure, then doubling; the jitter keeps what failed together from coming back together.
    /// </summary>
    public static TimeSpan Backoff(int failures, TimeSpan longest) =>
        longest * Math.Min(1, Math.Pow(2, failures - 1) / longest.TotalSeconds) * (0.5 + (Random.Shared.NextDouble() / 2));

    /// <exception cref="DatabaseUnavailableException">The rows stay as they are, and are tried again once they are due.</exception>
    public async Task WriteAsync(IReadOnlyCollection<OutboxTry> tries)
    {
        foreach (var each in tries)
            Report(each);

        var now = time.GetUtcNow();
        var mine = tries.Where(each => each.Answer.State != QueueState.Withdrawn).ToList(); // whoever withdrew it takes its row away
        await postgres.ExecuteAsync(sql.Mark, new
        {
            now,
            keys = mine.ConvertAll(each => each.DedupKey).ToArray(),
            errors = mine.ConvertAll(each => each.Answer.Error).ToArray(),
            nextAttempts = mine.ConvertAll(each => NextAttempt(each, now)).ToArray(),
        });
    }

    /// <summary>
    /// Settles withdrawn rows: those that were sent nevertheless, those that never will be, and those that nobody knows of yet.
    /// </summary>
    public async Task SettleAsync(IReadOnlyCollection<(long Id, OutboxTry Try)> withdrawn)
    {
        var now = time.GetUtcNow();
        var byState = withdrawn.ToLookup(each => each.Try.Answer.State);
        if (byState[QueueState.Queued].ToList() is { Count: > 0 } sent)
            await postgres.ExecuteAsync(sql.Sent, new { now, ids = sent.ConvertAll(each => each.Id).ToArray() });
        if (byState[QueueState.Withdrawn].ToList() is { Count: > 0 } gone)
            await postgres.ExecuteAsync(sql.Gone, new { ids = gone.ConvertAll(each => each.Id).ToArray() });

        var open = withdrawn.Where(each => each.Try.Answer.Error is not null).ToList();
        if (open.Count == 0)
            return;
        open.ForEach(each => Report(each.Try));
        await postgres.ExecuteAsync(sql.PutOff, new
        {
            ids = open.ConvertAll(each => each.Id).ToArray(),
            errors = open.ConvertAll(each => each.Try.Answer.Error).ToArray(),
            nextAttempts = open.ConvertAll(each => NextAttempt(each.Try, now)).ToArray(),
        });
    }

    private static DateTimeOffset NextAttempt(OutboxTry failed, DateTimeOffset now) => now + Backoff(failed.Attempts + 1, LongestRetryDelay);

    private void Report(OutboxTry each)
    {
        switch (each.Answer.State)
        {
            case QueueState.Queued:
                metrics.Dispatched(each.Name);
                LogQueued(_queuedLevel, each.Name, each.DedupKey);
                break;
            case QueueState.Refused:
                metrics.Failed(each.Name);
                LogRefused(each.Name, each.DedupKey, each.Attempts + 1, each.Answer.Error!);
                break;
            case QueueState.Away:
                metrics.Failed(each.Name);
                watch.Failed(each.Answer.Error!);
                break;
            case QueueState.Withdrawn:
                break;
            default:
                throw new InvalidOperationException($"There is no state {each.Answer.State}.");
        }
    }

    [LoggerMessage("Job {Job} is on the queue ({DedupKey}).")]
    private partial void LogQueued(LogLevel level, string job, string dedupKey);

    [LoggerMessage(LogLevel.Warning, "Job {Job} ({DedupKey}) failed for the {Attempt}. time: {Error}")]
    private partial void LogRefused(string job, string dedupKey, int attempt, string error);
}
