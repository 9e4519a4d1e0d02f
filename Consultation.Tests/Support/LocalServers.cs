using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using FluentMigrator.Runner;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Support;

/// <summary>A PostgreSQL of one test class, migrated, in a folder of its own.</summary>
public sealed class LocalPostgres : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("consultation-pg-").FullName;
    private Process? _server;

    public NpgsqlDataSource Database { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // PostgreSQL refuses root.
        var user = Environment.IsPrivilegedProcess ? "postgres" : null;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder, (UnixFileMode)0b111_111_111);
        var binaries = Directory.GetDirectories("/usr/lib/postgresql").Max() + "/bin/";
        var data = Path.Combine(_folder, "data");
        using (var initdb = LocalProcess.Start(binaries + "initdb", $"-D {data} -U postgres -A trust -E UTF8 --locale=C --no-sync", _folder, user))
            await initdb.WaitForExitAsync();

        var port = LocalProcess.FreePort();
        _server = LocalProcess.Start(
            binaries + "postgres", $"-D {data} -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=300", _folder, user);
        Database = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Maximum Pool Size=80");
        await Eventually.Async("PostgreSQL answers", TimeSpan.FromSeconds(20), async () =>
        {
            try
            {
                await using var connection = await Database.OpenConnectionAsync();
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });

        await using var services = new ServiceCollection()
            .AddFluentMigratorCore()
            .ConfigureRunner(runner => runner.AddPostgres().WithGlobalConnectionString(Database.ConnectionString).ScanIn(Assembly.Load("Consultation")).For.Migrations())
            .BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<IMigrationRunner>().MigrateUp();
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        LocalProcess.Kill(_server);
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A Redis of one test, with its data on disk, that can be stopped, frozen and started again on the same port.</summary>
public sealed class LocalRedis : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("consultation-redis-").FullName;
    private readonly int _port = LocalProcess.FreePort();
    private Process? _server;

    public string ConnectionString => $"127.0.0.1:{_port}";

    public static async Task<LocalRedis> StartAsync()
    {
        var redis = new LocalRedis();
        await redis.UpAsync();
        return redis;
    }

    public async Task UpAsync()
    {
        _server = LocalProcess.Start("redis-server", $"--port {_port} --bind 127.0.0.1 --dir {_folder} --appendonly yes --appendfsync always --save \"\" --maxmemory-policy noeviction", _folder, null);
        await using var connection = await ConnectAsync();
        await connection.GetDatabase().PingAsync();
    }

    /// <summary>As by <c>kill -9</c>.</summary>
    public void Down()
    {
        LocalProcess.Kill(_server);
        _server = null;
    }

    /// <summary>Connections stay open and nothing is answered.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>A connection of the test's own, which waits for the server to come up.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync()
    {
        ConnectionMultiplexer? connection = null;
        await Eventually.Async("Redis answers", TimeSpan.FromSeconds(10), async () =>
        {
            try
            {
                connection = await ConnectionMultiplexer.ConnectAsync($"{ConnectionString},connectTimeout=500,allowAdmin=true");
                return true;
            }
            catch (RedisConnectionException)
            {
                return false;
            }
        });
        return connection!;
    }

    public ValueTask DisposeAsync()
    {
        Down();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = LocalProcess.Start("/bin/kill", $"-{signal} {_server!.Id}", _folder, null);
        await kill.WaitForExitAsync();
    }
}

internal static class Eventually
{
    /// <summary>Looks until the condition holds; fails, naming it, when the time is up.</summary>
    public static async Task Async(string what, TimeSpan atMost, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < atMost, $"Not within {atMost.TotalSeconds} s: {what}");
            await Task.Delay(20);
        }
    }
}

internal static class LocalProcess
{
    public static Process Start(string file, string arguments, string folder, string? user)
    {
        var start = new ProcessStartInfo(file, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        if (user is not null)
            start.UserName = user;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    public static void Kill(Process? process)
    {
        if (process is null)
            return;
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
