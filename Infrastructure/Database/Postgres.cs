using System.Data.Common;
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
internal sealed class Postgres : IAsyncDisposable
{
    /// <summary>The promise is an answer within 5 s; this leaves the rest of the request a second.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    /// <summary>How long a request waits for a connection, made or from the pool.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Each statement's, kept by the server itself. With the wait before it no longer than <see cref="Timeout"/>: none goes on after its client was told 503.</summary>
    public static readonly TimeSpan StatementTimeout = Timeout - ConnectTimeout;

    private readonly PostgresServers _servers;
    private readonly PreparedDatabase _database;
    private readonly DatabaseProbe _probe;
    private readonly OutageLog _outages;
    private readonly string _name;
    private readonly Lazy<NpgsqlDataSource>[] _pools;

    public Postgres(
        PostgresServers servers, PreparedDatabase database, DatabaseProbe probe, OutageLog outages, string name, Func<NpgsqlConnectionStringBuilder, NpgsqlDataSource> pool)
    {
        (_servers, _database, _probe, _outages, _name) = (servers, database, probe, outages, name);
        _pools = [.. servers.All.Select(server => new Lazy<NpgsqlDataSource>(() => pool(server)))];
        servers.ConnectionsLost += Clear;
    }

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
            _outages.Answered(_name);
            return result;
        }
        catch (Exception failure) when ((!begun || IsOutage(failure)) && failure is not DatabaseUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            _outages.Failed(_name, failure is OperationCanceledException ? "no answer in time" : OutageLog.ReasonOf(failure));
            if (!begun && failure is not OperationCanceledException)
                _probe.Suspect();
            throw new DatabaseUnavailableException(failure, outcomeUnknown: begun && !IsRolledBack(failure));
        }
        finally
        {
            if (!running.IsCompleted)
                Abandon(running, abandon);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _servers.ConnectionsLost -= Clear;
        foreach (var pool in _pools.Where(pool => pool.IsValueCreated))
            await pool.Value.DisposeAsync();
    }

    private async Task<T> Run<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken deadline, CancellationToken abandon)
    {
        if (!await _database.IsPreparedAsync(deadline))
            throw new DatabaseUnavailableException(new InvalidOperationException("The schema is not migrated and prepared yet."), outcomeUnknown: false);
        await using var connection = await OpenAsync(deadline, abandon);
        return await work(connection, abandon);
    }

    /// <summary>A connection of the pool is trusted while somebody watches the server; else it is asked first, since it may have died long ago.</summary>
    private async Task<NpgsqlConnection> OpenAsync(CancellationToken deadline, CancellationToken abandon)
    {
        var connection = await _pools[_servers.Current].Value.OpenConnectionAsync(deadline);
        if (_probe.IsWatching)
            return connection;
        try
        {
            await connection.ExecuteAsync(Queries.Command("select", null, abandon));
            return connection;
        }
        catch (DbException)
        {
            await connection.DisposeAsync();
            Clear();
            return await _pools[_servers.Current].Value.OpenConnectionAsync(deadline);
        }
    }

    /// <summary>Whoever has a connection keeps it; it is closed when it comes back.</summary>
    private void Clear()
    {
        foreach (var pool in _pools.Where(pool => pool.IsValueCreated))
            pool.Value.Clear();
    }

    /// <summary>
    /// Gives the connection up, so that its place in the pool is free again. Npgsql cancels in the thread that cancels: it connects once
    /// more and waits, blocking, for PostgreSQL to take note, up to the connection timeout when the server hangs. Neither the request nor
    /// the thread pool can wait for that; the pool of connections bounds the number of these threads.
    /// </summary>
    public static void Abandon(Task running, CancellationTokenSource abandon)
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
            or PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.UndefinedTable // a fail-over's replica; not yet migrated
            or PostgresErrorCodes.InsufficientPrivilege; // a role that may not (yet)
}
