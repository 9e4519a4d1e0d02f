using System.Diagnostics;
using Dapper;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>
/// Watches PostgreSQL over a connection of its own: finds the server that takes writes, has the schema migrated and prepared, and knows whether requests
/// would be served. It reads that connection all the time, so it learns at once that a server has gone, and has the pools drop what died with it
/// before a request meets it.
/// </summary>
internal sealed partial class DatabaseProbe(
    PostgresServers servers,
    PostgresOptions options,
    PreparedDatabase database,
    OutageLog outages,
    IReadOnlyList<string> tables,
    DatabasePreparation preparation,
    ILoggerFactory loggers) : BackgroundService
{
    private const string Name = "consultation-probe";

    /// <summary>The first right that is missing; null when none is.</summary>
    private const string MissingRightSql = """
        select case when to_regclass(t.name) is null then 'there is no table ' || t.name
                    else 'the role may not ' || p.privilege || ' in ' || t.name end
        from unnest(@tables) with ordinality as t (name, place)
        cross join unnest(array['select', 'insert', 'update', 'delete']) with ordinality as p (privilege, place)
        where to_regclass(t.name) is null or not has_table_privilege(to_regclass(t.name), p.privilege)
        order by t.place, p.place
        limit 1
        """;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PaceWhileAway = TimeSpan.FromMilliseconds(100);

    /// <summary>Shorter than an orchestrator's for readiness.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    /// <summary>A timer that is later than this was kept from running.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(100);

    private readonly ILogger _logger = loggers.CreateLogger<DatabaseProbe>();
    private readonly string[] _tables = [.. tables];
    private NpgsqlConnection? _connection;
    private TaskCompletionSource<bool> _nextCheck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _pause = new();
    private volatile bool _isAsked;
    private volatile bool _isSuspect;

    /// <summary>A check that begins now: whether requests would be served.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        if (!await database.IsPreparedAsync(cancellationToken))
            return false;
        var check = Volatile.Read(ref _nextCheck).Task;
        _isAsked = true;
        await Volatile.Read(ref _pause).CancelAsync();
        return await check.WaitAsync(cancellationToken);
    }

    /// <summary>Whether a server that went away would have been noticed.</summary>
    public bool IsWatching => Volatile.Read(ref _connection) is not null;

    /// <summary>No connection could be made: the next check tries for itself.</summary>
    public void Suspect() => _isSuspect = true;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                _isAsked = false;
                var asked = Interlocked.Exchange(ref _nextCheck, new(TaskCreationOptions.RunContinuationsAsynchronously));
                asked.SetResult(await CheckAsync(stoppingToken));
                await PauseAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // the end
        }
        finally
        {
            Drop();
            _nextCheck.TrySetResult(false);
        }
    }

    private async Task<bool> CheckAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (_isSuspect)
                (_isSuspect, _) = (false, Drop());
            var connection = _connection ?? await ConnectAsync();
            var problem = await WithinAsync(Timeout, abandon => ProblemAsync(connection, abandon));
            if (problem is null && !database.IsPrepared)
                problem = await PrepareAsync(connection, stoppingToken);
            if (problem is null)
            {
                outages.Answered(Name);
                return true;
            }
            outages.Failed(Name, problem);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            // whatever it is, the loop must outlive it: it is how an outage ends
            var broken = Drop() && failure is not TimeoutException;
            outages.Failed(Name, failure is TimeoutException ? "no answer in time" : OutageLog.ReasonOf(failure));
            if (broken)
                servers.LoseConnections();
        }
        database.NotYet();
        if (servers.All.Count > 1)
            await FindPrimaryAsync();
        return false;
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = await WithinAsync(ConnectTimeout, abandon => OpenAsync(servers.Current, abandon));
        servers.LoseConnections(); // what was made while nobody watched may have died since
        return _connection = connection;
    }

    /// <returns>Why requests would fail; null when they would not.</returns>
    private async Task<string?> ProblemAsync(NpgsqlConnection connection, CancellationToken abandon)
    {
        if (!await Migrator.TakesWritesAsync(connection, abandon))
            return "the server takes no writes";
        if (!database.IsPrepared)
            return null;
        return !await Migrator.IsComplete(connection, abandon) ? "migrations are missing"
            : await connection.ExecuteScalarAsync<string?>(Queries.Command(MissingRightSql, new { tables = _tables }, abandon));
    }

    private async Task<string?> PrepareAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        if (!await Migrator.IsComplete(connection, stoppingToken))
        {
            if (!options.MigrateOnStart)
                return "migrations are missing, and CONSULTATION_MIGRATE_ON_START is false";
            await new Migrator(servers.All[servers.Current].ConnectionString, loggers.CreateLogger<Migrator>()).Up(stoppingToken, WaitingToMigrate);
        }
        await preparation(connection, stoppingToken);
        database.Prepared();
        return null;
    }

    /// <summary>Asks the other servers, all at once, and goes to the first of them that takes writes.</summary>
    private async Task FindPrimaryAsync()
    {
        var current = servers.Current;
        var others = Enumerable.Range(0, servers.All.Count).Where(server => server != current).ToList();
        var found = await Task.WhenAll(others.Select(CanTakeOverAsync));
        if (Array.IndexOf(found, true) is >= 0 and var index)
        {
            Drop();
            servers.MoveTo(others[index]);
            Moved(servers.All[others[index]].Host!, servers.All[others[index]].Port);
            _isAsked = true; // look at once
        }

        async Task<bool> CanTakeOverAsync(int server)
        {
            try
            {
                return await WithinAsync(ConnectTimeout, async abandon =>
                {
                    await using var connection = await OpenAsync(server, abandon);
                    return await Migrator.TakesWritesAsync(connection, abandon);
                });
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException or InvalidOperationException)
            {
                return false;
            }
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(int server, CancellationToken abandon)
    {
        var connection = DatabaseSetup.Untraced(servers.All[server], Name);
        try
        {
            await connection.OpenAsync(abandon);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<T> WithinAsync<T>(TimeSpan timeout, Func<CancellationToken, Task<T>> work)
    {
        var abandon = new CancellationTokenSource();
        var running = work(abandon.Token);
        var asked = Stopwatch.GetTimestamp();
        try
        {
            return await running.WaitAsync(timeout);
        }
        catch (TimeoutException) when (running.IsCompleted || Stopwatch.GetElapsedTime(asked) > timeout + Lateness)
        {
            return await running.WaitAsync(timeout); // it is this process that was kept from running, and the answer may have come long ago
        }
        finally
        {
            if (!running.IsCompleted)
                Postgres.Abandon(running, abandon);
        }
    }

    /// <summary>Until it is time for the next check, one is asked for, or the connection breaks.</summary>
    private async Task PauseAsync(CancellationToken stoppingToken)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Volatile.Write(ref _pause, pause);
        try
        {
            if (_isAsked)
                return;
            if (_connection is { } connection)
                await connection.WaitAsync(Pace, pause.Token);
            else
                await Task.Delay(PaceWhileAway, pause.Token);
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException)
        {
            Drop();
            servers.LoseConnections();
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // asked for
        }
        finally
        {
            Volatile.Write(ref _pause, new CancellationTokenSource());
        }
    }

    /// <returns>Whether there was a connection to drop.</returns>
    private bool Drop()
    {
        if (Interlocked.Exchange(ref _connection, null) is not { } connection)
            return false;
        _ = Task.Run(async () =>
        {
            try
            {
                await connection.DisposeAsync(); // in the middle of something it waits for the server
            }
            catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException or IOException)
            {
                // it was broken
            }
        });
        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Another process migrates the schema; this one waits for it")]
    private partial void WaitingToMigrate();

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL at {Host}:{Port} takes the writes from now on")]
    private partial void Moved(string host, int port);
}
