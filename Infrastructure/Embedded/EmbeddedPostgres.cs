using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Consultation.Infrastructure.Embedded;

/// <summary>
/// A PostgreSQL server of our own, with its data in a folder: 127.0.0.1 only, a free port, a password that was made up when the data were.
/// </summary>
internal sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string Database = "consultation";
    private const int Attempts = 3;

    private static readonly TimeSpan InitBound = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StartBound = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ToolBound = TimeSpan.FromSeconds(30);

    private readonly GuardedServer _server;
    private readonly string _home;
    private readonly string? _user;
    private readonly PostgresBinaries _binaries;
    private readonly string[] _settings;

    private EmbeddedPostgres(GuardedServer server, string home, string? user, PostgresBinaries binaries, string[] settings)
    {
        _server = server;
        _home = home;
        _user = user;
        _binaries = binaries;
        _settings = settings;
    }

    /// <summary>The superuser's, to the database <c>consultation</c>.</summary>
    internal string ConnectionString { get; private set; } = "";

    internal int Port { get; private set; }

    internal string DataFolder => Path.Combine(_home, "data");

    internal string Description => $"PostgreSQL {_binaries.Version} from {_binaries.Folder}";

    /// <summary>Where the data lie and why, when that is not the folder asked for; else null.</summary>
    internal string? Notice { get; private init; }

    /// <summary>The postmaster's; null while none runs.</summary>
    internal int? ProcessId => _server.ProcessId;

    /// <summary>Starts a server on the data in a folder, and makes them if there are none.</summary>
    /// <param name="folder">Belongs to the server alone, until it is disposed or this process has died.</param>
    /// <param name="cancellationToken">Stops the start; nothing stays behind.</param>
    /// <param name="settings">Lines of postgresql.conf, such as <c>fsync=off</c>.</param>
    /// <exception cref="InvalidOperationException">With a message for the developer: no binaries, a folder in use, a server that will not start.</exception>
    internal static async Task<EmbeddedPostgres> StartAsync(string folder, CancellationToken cancellationToken, params string[] settings)
    {
        folder = Path.GetFullPath(folder);
        var server = GuardedServer.Take(folder);
        try
        {
            var user = await UserAsync(cancellationToken);
            var home = await HomeAsync(folder, user, cancellationToken);
            var data = Path.Combine(home, "data");
            var versionFile = Path.Combine(data, "PG_VERSION");
            var major = File.Exists(versionFile) ? (await File.ReadAllTextAsync(versionFile, cancellationToken)).Trim() : null;
            var binaries = await PostgresBinaries.FindAsync(user, major, cancellationToken);
            var postgres = new EmbeddedPostgres(server, home, user, binaries, settings)
            {
                Notice = home == folder ? null : $"The user {user}, who has to run PostgreSQL for root, cannot enter {folder}: the data lie in {home}.",
            };

            await server.WatchAsync(home, data);
            if (major is null)
                await postgres.InitialiseAsync(cancellationToken);
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await postgres.StartServerAsync(GuardedServer.FreePort(), cancellationToken);
                    break;
                }
                catch (InvalidOperationException) when (attempt < Attempts)
                {
                    // Most likely the port went to somebody else between our look and the server's.
                }
            }

            await postgres.CreateDatabaseAsync(cancellationToken);
            return postgres;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary><c>kill -9</c> of the server and all its processes.</summary>
    internal Task KillAsync() => _server.KillAsync();

    /// <summary>After <see cref="KillAsync"/>: on the same port and data, which PostgreSQL recovers.</summary>
    internal Task StartAgainAsync() => StartServerAsync(Port, CancellationToken.None);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private static async Task<string?> UserAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return null;

        var known = await Command.RunAsync("/usr/bin/id", ["-u", "postgres"], null, ToolBound, cancellationToken);
        return known.ExitCode == 0 ? "postgres" : "nobody";
    }

    /// <summary>The folder itself, made the user's own; or, when they cannot enter it (a 0700 folder above), one where they can.</summary>
    private static async Task<string> HomeAsync(string folder, string? user, CancellationToken cancellationToken)
    {
        if (user is null)
            return folder;

        await GiveAsync(folder);
        var entered = await Command.RunAsync("/bin/sh", ["-c", "test -w \"$0\" && test -x \"$0\"", folder], user, ToolBound, cancellationToken);
        if (entered.ExitCode == 0)
            return folder;

        // Below a folder that only root can write to, so that nobody can have prepared it for us.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..12];
        var elsewhere = Path.Combine("/var/lib", $"consultation-dev-{hash}");
        Directory.CreateDirectory(elsewhere);
        await GiveAsync(elsewhere);
        return elsewhere;

        Task GiveAsync(string to) => RunOrThrowAsync("/bin/chown", ["-R", user, to], null, cancellationToken);
    }

    /// <summary>Into a folder of another name first: a crash half-way leaves no half-made data.</summary>
    private async Task InitialiseAsync(CancellationToken cancellationToken)
    {
        var unfinished = DataFolder + ".new";
        DeleteUnfinished();
        var password = Path.Combine(_home, "password");
        await WriteSecretAsync(password, RandomNumberGenerator.GetHexString(32, lowercase: true), cancellationToken);
        try
        {
            // Old macOS and Windows have no C.UTF-8.
            if (!await InitialisedAsync("C.UTF-8"))
            {
                DeleteUnfinished();
                _ = await InitialisedAsync("C", orThrow: true);
            }

            File.Move(password, Path.Combine(unfinished, "password"));
            Directory.Move(unfinished, DataFolder);
        }
        finally
        {
            File.Delete(password);
        }

        void DeleteUnfinished()
        {
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
        }

        async Task<bool> InitialisedAsync(string locale, bool orThrow = false)
        {
            var outcome = await Command.RunAsync(
                _binaries.Path("initdb"),
                [
                    "-D", unfinished, "--username=postgres", $"--pwfile={password}", "--auth=scram-sha-256",
                    "--encoding=UTF8", $"--locale={locale}", "--no-sync",
                ],
                _user, InitBound, cancellationToken);
            return outcome.ExitCode == 0 || (orThrow
                ? throw new InvalidOperationException($"initdb could not make {unfinished}:\n{outcome.Output.Trim()}")
                : false);
        }
    }

    /// <summary>For the user who runs the server and nobody else.</summary>
    private async Task WriteSecretAsync(string file, string secret, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var writer = new StreamWriter(file, options))
            await writer.WriteAsync(secret.AsMemory(), cancellationToken);
        if (_user is not null)
            await RunOrThrowAsync("/bin/chown", [_user, file], null, cancellationToken);
    }

    private async Task StartServerAsync(int port, CancellationToken cancellationToken)
    {
        // PostgreSQL refuses to start over the pid file of a dead server when the id is in use again, or a zombie's.
        await _server.ClearAsync(Path.Combine(DataFolder, "postmaster.pid"));

        // The server reads this file last, and ours is the only hand in it: no command line, so no shell to quote for.
        await File.WriteAllLinesAsync(
            Path.Combine(DataFolder, "postgresql.auto.conf"),
            [
                "# Written anew at every start; settings of your own belong in postgresql.conf.",
                "listen_addresses = '127.0.0.1'",
                $"port = {port.ToString(CultureInfo.InvariantCulture)}",
                "unix_socket_directories = ''",
                $"external_pid_file = '{_server.PidFile.Replace(@"\", @"\\").Replace("'", "''")}'",
                .. _settings,
            ],
            cancellationToken);

        // Without this, a look at the end of the log could show an earlier start's.
        var log = Path.Combine(_home, "server.log");
        File.Delete(log);
        // pg_ctl gives the server a session of its own: the terminal's Ctrl-C is not for it.
        var seconds = StartBound.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var outcome = await Command.RunAsync(
            _binaries.Path("pg_ctl"), ["start", "-s", "-w", "-t", seconds, "-D", DataFolder, "-l", log],
            _user, StartBound * 2, cancellationToken);
        if (outcome.ExitCode != 0)
        {
            await _server.StopAsync();
            var lines = File.Exists(log) ? await File.ReadAllLinesAsync(log, cancellationToken) : [outcome.Output];
            throw new InvalidOperationException($"PostgreSQL did not start on {DataFolder}:\n{string.Join('\n', lines.TakeLast(10))}");
        }

        Port = port;
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = "postgres",
            Password = await File.ReadAllTextAsync(Path.Combine(DataFolder, "password"), cancellationToken),
            Database = Database,
            SslMode = SslMode.Disable,
        }.ConnectionString;
    }

    private async Task CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var maintenance = new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = Database } } };
        if (await exists.ExecuteScalarAsync(cancellationToken) is not null)
            return;

        await using var create = new NpgsqlCommand($"create database {Database}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task RunOrThrowAsync(string file, string[] arguments, string? user, CancellationToken cancellationToken)
    {
        var outcome = await Command.RunAsync(file, arguments, user, ToolBound, cancellationToken);
        if (outcome.ExitCode != 0)
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} failed: {outcome.Output.Trim()}");
    }
}
