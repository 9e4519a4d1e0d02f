using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.server;
using Tsavorite.core;

namespace Consultation.Infrastructure.Embedded;

/// <summary>
/// A Redis of our own, with its data in a folder, on 127.0.0.1: <c>redis-server</c> where the machine has one, else Garnet inside
/// this process.
/// </summary>
/// <remarks>Garnet speaks the same protocol but for streams, and Lua's numbers differ: <c>10/2</c> is <c>5.0</c>.</remarks>
internal sealed class EmbeddedRedis : IAsyncDisposable
{
    private const int Attempts = 3;

    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan VersionBound = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    private readonly GuardedServer _server;
    private readonly string _folder;
    private readonly string? _redisServer;
    private readonly string[] _arguments;
    private GarnetServer? _garnet;

    private EmbeddedRedis(GuardedServer server, string folder, string? redisServer, string[] arguments, string description)
    {
        _server = server;
        _folder = folder;
        _redisServer = redisServer;
        _arguments = arguments;
        Description = description;
    }

    internal string ConnectionString => $"127.0.0.1:{Port}";

    internal int Port { get; private set; }

    internal string DataFolder => Path.Combine(_folder, "data");

    internal string Description { get; }

    /// <summary>Null for Garnet, and while no server runs.</summary>
    internal int? ProcessId => _server.ProcessId;

    /// <exception cref="InvalidOperationException">With a message for the developer: a folder in use, a server that will not start.</exception>
    internal static Task<EmbeddedRedis> StartAsync(string folder, CancellationToken cancellationToken, params string[] arguments) =>
        StartAsync(folder, Command.OnPath("redis-server"), cancellationToken, arguments);

    /// <param name="folder">Belongs to the server alone, until it is disposed or this process has died.</param>
    /// <param name="redisServer">The program; null is Garnet.</param>
    /// <param name="cancellationToken">Stops the start; nothing stays behind.</param>
    /// <param name="arguments">More of the program's command line; Garnet takes none.</param>
    internal static async Task<EmbeddedRedis> StartAsync(
        string folder, string? redisServer, CancellationToken cancellationToken, params string[] arguments)
    {
        folder = Path.GetFullPath(folder);
        var server = GuardedServer.Take(folder);
        try
        {
            var redis = new EmbeddedRedis(server, folder, redisServer, arguments, await DescribeAsync(redisServer, cancellationToken));
            if (redisServer is not null)
                await server.WatchAsync(folder, "redis-server");
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await redis.StartServerAsync(GuardedServer.FreePort(), cancellationToken);
                    return redis;
                }
                catch (Exception e) when (e is InvalidOperationException or SocketException && attempt < Attempts)
                {
                    // Most likely the port went to somebody else between our look and the server's.
                }
            }
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary><c>kill -9</c>; Garnet, which is no process of its own, is dropped.</summary>
    internal Task KillAsync()
    {
        DropGarnet();
        return _server.KillAsync();
    }

    /// <summary>After <see cref="KillAsync"/>: on the same port, with the data as they were or with none.</summary>
    internal async Task StartAgainAsync(bool keepData)
    {
        if (!keepData)
            Directory.Delete(DataFolder, recursive: true);
        await StartServerAsync(Port, CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        DropGarnet();
        return _server.DisposeAsync();
    }

    private static async Task<string> DescribeAsync(string? redisServer, CancellationToken cancellationToken)
    {
        if (redisServer is null)
            return $"Garnet {typeof(GarnetServer).Assembly.GetName().Version?.ToString(3)} inside this process";

        // "Redis server v=7.0.15 sha=00000000:0 ..."
        var answer = await Command.RunAsync(redisServer, ["--version"], null, VersionBound, cancellationToken);
        var version = answer.Output.Split(' ').FirstOrDefault(word => word.StartsWith("v=", StringComparison.Ordinal))?[2..];
        return $"Redis {version} from {Path.GetDirectoryName(redisServer)}";
    }

    private async Task StartServerAsync(int port, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(DataFolder);
        Port = port;
        if (_redisServer is null)
            StartGarnet();
        else
            await StartRedisAsync(_redisServer, cancellationToken);
    }

    private async Task StartRedisAsync(string redisServer, CancellationToken cancellationToken)
    {
        await _server.ClearAsync();
        var log = Path.Combine(_folder, "server.log");
        File.Delete(log);
        // As a daemon it has a session of its own: the terminal's Ctrl-C is not for it.
        _ = await Command.RunAsync(
            redisServer,
            [
                "--bind", "127.0.0.1", "--port", $"{Port}", "--dir", DataFolder,
                "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction",
                "--daemonize", "yes", "--pidfile", _server.PidFile, "--logfile", log,
                .. _arguments,
            ],
            null, StartBound, cancellationToken);

        for (var started = Stopwatch.GetTimestamp(); !await AnswersAsync(cancellationToken); await Task.Delay(Poll, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(started) < StartBound)
                continue;

            await _server.StopAsync();
            var lines = File.Exists(log) ? await File.ReadAllLinesAsync(log, cancellationToken) : [];
            throw new InvalidOperationException($"Redis did not start on {_folder}:\n{string.Join('\n', lines.TakeLast(10))}");
        }
    }

    /// <summary>PONG is the answer of a server that has loaded its data; the process id says that it is ours.</summary>
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        if (ProcessId is null)
            return false;

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartBound);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port, limit.Token);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), limit.Token);
            var answer = new byte[5];
            await stream.ReadExactlyAsync(answer, limit.Token);
            return answer.AsSpan().SequenceEqual("+PONG"u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // Not listening yet: the caller asks again until its time is up.
            return false;
        }
    }

    /// <summary>Lua is atomic in Garnet only when a script runs as a transaction.</summary>
    private void StartGarnet()
    {
        DropGarnet();
        _garnet = new GarnetServer(new GarnetServerOptions
        {
            EndPoints = [new IPEndPoint(IPAddress.Loopback, Port)],
            QuietMode = true,
            EnableLua = true,
            LuaOptions = new LuaOptions(LuaMemoryManagementMode.Native, "", Timeout.InfiniteTimeSpan, LuaLoggingMode.Silent, []),
            LuaTransactionMode = true,
            EnableAOF = true,
            Recover = true,
            // The native one needs a library, libaio, that few machines have; without it the process dies.
            DeviceType = DeviceType.RandomAccess,
            CheckpointDir = DataFolder,
            LogMemorySize = "128m",
            IndexMemorySize = "8m",
        });
        _garnet.Start();
    }

    private void DropGarnet()
    {
        _garnet?.Dispose();
        _garnet = null;
    }
}
