using System.Data.Common;
using System.Diagnostics;
using Consultation.Infrastructure.Errors;
using Dapper;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>
/// PostgreSQL could not be reached, or did not answer in time. The inner exception says why; <paramref name="outcomeUnknown"/>, whether what
/// it was asked may have been done, or may be yet.
/// </summary>
internal sealed class DatabaseUnavailableException(Exception inner, bool outcomeUnknown) 
    : DependencyUnavailableException("PostgreSQL cannot be reached.", inner)
{
    public bool OutcomeUnknown => outcomeUnknown;
}

/// <summary>
/// Lets a handler use a connection, within a bound: whatever the connection string says and however PostgreSQL fails (away,
/// hung, out of connections, a lock that is not given back), the work ends within <see cref="Timeout"/>, and an outage is told
/// from a defect.
/// </summary>
internal sealed class Postgres(NpgsqlDataSource source, DatabaseWatch watch) : IAsyncDisposable
{
    /// <summary>The promise is an answer within 5 s; this leaves the rest of the request a second.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    /// <summary>Each statement's, kept by the server itself: none goes on after its client was told 503.</summary>
    public static readonly TimeSpan StatementTimeout = TimeSpan.FromSeconds(3.5);

    /// <summary>For who has waited long for a connection. The pool puts the setting back.</summary>
    private const string ShorterTimeoutSql = "select set_config('statement_timeout', greatest(@Milliseconds, 1)::text, false)";

    public async Task<T> UseAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Timeout);
        var abandon = new CancellationTokenSource();
        var begun = false;
        var running = Run((db, token) => { begun = true; return work(db, token); }, deadline.Token, abandon.Token);
        try
        {
            var result = await running.WaitAsync(deadline.Token);
            watch.Answered();
            return result;
        }
        catch (Exception failure) when (IsOutage(failure) && !cancellationToken.IsCancellationRequested)
        {
            watch.Failed(failure);
            throw new DatabaseUnavailableException(failure, outcomeUnknown: begun && !IsRolledBack(failure));
        }
        finally
        {
            if (!running.IsCompleted)
                Abandon(running, abandon);
        }
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task<T> Run<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken deadline, CancellationToken abandon)
    {
        var asked = Stopwatch.GetTimestamp();
        await using var connection = await source.OpenConnectionAsync(deadline);
        if (Stopwatch.GetElapsedTime(asked) is var waited && waited > Timeout - StatementTimeout)
            await connection.ExecuteAsync(Queries.Command(ShorterTimeoutSql, new { Milliseconds = (int)((Timeout - waited).TotalMilliseconds / 2) }, abandon));
        return await work(connection, abandon);
    }

    /// <summary>
    /// Gives the connection up, so that its place in the pool is free again. Npgsql cancels in the thread that cancels: it connects once
    /// more and waits, blocking, for PostgreSQL to take note, up to the connection timeout when the server hangs. Neither the request nor
    /// the thread pool can wait for that; the pool of connections bounds the number of these threads.
    /// </summary>
    private static void Abandon(Task running, CancellationTokenSource abandon)
    {
        _ = running.ContinueWith(ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default); // nobody is left to be told
        _ = Task.Factory.StartNew(abandon.Cancel, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static bool IsOutage(Exception failure) => failure switch
    {
        PostgresException refused => IsOutage(refused.SqlState),
        DbException => true, // no answer from the server at all: the connection could not be made, broke, or timed out
        OperationCanceledException => true,
        _ => false,
    };

    /// <summary>The server has said so itself, and not while it broke the connection off.</summary>
    private static bool IsRolledBack(Exception failure) => failure is PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>Classes of PostgreSQL's appendix A that speak of the server's state, not of the statement.</summary>
    private static bool IsOutage(string sqlState) => sqlState[..2] is
        "08" // connection exception
        or "53" // insufficient resources: too many connections, disk full, out of memory
        or "57" // operator intervention: shutting down, starting up, statement timeout
        or "58" // system error
        or "28" or "3D" // the login or the database is not there (yet)
        || sqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.UndefinedTable; // a fail-over's replica; not yet migrated
}

/// <summary>
/// Says once when PostgreSQL goes away and once when it is back, however many of the pool's users notice, and not again at once when it
/// comes and goes (a lock that somebody holds fails some requests and lets others pass).
/// </summary>
internal sealed partial class DatabaseWatch(string pool, ILogger<DatabaseWatch> logger)
{
    private static readonly TimeSpan PauseBetweenWarnings = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private int _failures;
    private long _since;
    private long? _lastSaid;
    private bool _said;

    public void Answered()
    {
        if (Volatile.Read(ref _failures) == 0)
            return;
        lock (_gate)
        {
            if (_said)
                Back(Stopwatch.GetElapsedTime(_since).TotalSeconds, _failures, pool);
            (_said, _failures) = (false, 0);
        }
    }

    public void Failed(Exception reason)
    {
        lock (_gate)
        {
            if (_failures++ == 0)
                _since = Stopwatch.GetTimestamp();
            if (_said || (_lastSaid is { } last && Stopwatch.GetElapsedTime(last) < PauseBetweenWarnings))
                return;
            (_said, _lastSaid) = (true, Stopwatch.GetTimestamp());
        }
        // what the driver says of a connection holds no data; what the server says of a statement may
        Away(reason is PostgresException refused ? refused.SqlState : reason.Message, pool);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL does not answer ({Reason}); requests get 503, jobs wait in the outbox (pool {Pool})")]
    private partial void Away(string reason, string pool);

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL answers again after {Seconds:0.0} s and {Failures} failures (pool {Pool})")]
    private partial void Back(double seconds, int failures, string pool);
}
