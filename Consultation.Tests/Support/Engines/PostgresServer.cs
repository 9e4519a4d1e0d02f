using System.Globalization;
using Consultation.Infrastructure.Embedded;
using Dapper;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Support.Engines;

/// <summary>A PostgreSQL of a test's own, with a database <c>consultation</c> and no passwords.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Database = "consultation";
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    private static readonly Lazy<Task<PostgresBinaries>> Binaries = new(() => PostgresBinaries.FindAsync(EngineHome.User, null, CancellationToken.None));

    private readonly EngineHome _home;
    private readonly string[] _settings;

    private PostgresServer(EngineHome home, string[] settings)
    {
        _home = home;
        _settings = settings;
    }

    public int Port { get; } = EngineHome.FreePort();

    public ServerProcess Process { get; private set; } = null!;

    /// <summary>The superuser's.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "postgres",
        Database = Database,
        SslMode = SslMode.Disable,
    }.ConnectionString;

    private string Data => Path.Combine(_home.Folder, "data");

    /// <param name="settings">Such as <c>fsync=off</c>, for tests that judge no durability.</param>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        var server = new PostgresServer(await EngineHome.CreateAsync(), settings);
        await RunAsync("initdb", "-D", server.Data, "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync");
        await server.StartAgainAsync();
        await server.ExecuteAsync($"create database {Database}", "postgres");
        return server;
    }

    /// <summary>A standby that streams from this one.</summary>
    public async Task<PostgresServer> StartStandbyAsync()
    {
        var standby = new PostgresServer(await EngineHome.CreateAsync(), _settings);
        await RunAsync("pg_basebackup", "-h", "127.0.0.1", "-p", $"{Port}", "-U", "postgres", "-D", standby.Data, "-R", "-X", "stream", "-c", "fast", "--no-sync");
        await standby.StartAgainAsync();
        return standby;
    }

    /// <summary>After its end, on the same port and data, which PostgreSQL recovers.</summary>
    public async Task StartAgainAsync()
    {
        if (Process is not null)
            await Process.DisposeAsync();
        string[] settings = ["listen_addresses=127.0.0.1", $"port={Port.ToString(CultureInfo.InvariantCulture)}", "unix_socket_directories=", .. _settings];
        Process = _home.Start((await Binaries.Value).Path("postgres"), ["-D", Data, .. settings.SelectMany(setting => new[] { "-c", setting })]);
        await Process.AnswersAsync(async () =>
        {
            try
            {
                await ExecuteAsync("select 1", "postgres");
                return true;
            }
            catch (NpgsqlException)
            {
                return false; // not there yet, or starting up
            }
        });
    }

    /// <summary>A fast shutdown and a new start: every connection is dead.</summary>
    public async Task RestartAsync()
    {
        await Process.InterruptAsync(StopTimeout);
        await StartAgainAsync();
    }

    public async Task ExecuteAsync(string sql, string database = Database)
    {
        await using var connection = Connection(database);
        await connection.ExecuteAsync(new CommandDefinition(sql, cancellationToken: TestContext.Current.CancellationToken));
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = Connection(Database);
        return (await connection.QueryAsync<T>(sql, parameters)).AsList();
    }

    /// <summary>Open slots of half an hour each, that many days from now and on.</summary>
    public async Task<long[]> SlotsAsync(int count, int daysFromNow) =>
        [.. await QueryAsync<long>(
            """
            insert into consultation_slot (date, start_time, end_time)
            select (start at time zone 'UTC')::date, start, start + interval '30 minutes'
            from (select date_trunc('hour', now()) + @daysFromNow * interval '1 day' + n * interval '30 minutes' from generate_series(1, @count) n) as starts (start)
            on conflict do nothing
            returning id
            """,
            new { count, daysFromNow })];

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _home.Dispose();
    }

    private NpgsqlConnection Connection(string database) =>
        new(new NpgsqlConnectionStringBuilder(ConnectionString) { Database = database, Pooling = false, Timeout = 5 }.ConnectionString);

    private static async Task RunAsync(string program, params string[] arguments) =>
        await EngineHome.RunAsync((await Binaries.Value).Path(program), arguments);
}
