using System.Diagnostics;
using Consultation.Infrastructure.Embedded;

namespace Consultation.Bench.Servers;

/// <summary>All that runs while it is measured: PostgreSQL, Redis, the service, and what it is compared with.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private static readonly TimeSpan StartBound = TimeSpan.FromMinutes(1);

    private readonly Children _children = new();
    private EmbeddedPostgres _postgres = null!;

    internal Slots Slots { get; private set; } = null!;

    internal Process Redis { get; private set; } = null!;

    internal int RedisPort { get; } = GuardedServer.FreePort();

    internal Server Service { get; private set; } = null!;

    internal Server Floor { get; private set; } = null!;

    internal Server Peer { get; private set; } = null!;

    internal string PostgresDescription => _postgres.Description.Split(" from ")[0];

    internal HttpClient Http { get; } = new();

    internal static async Task<Stage> StartAsync(Options options, CancellationToken stop)
    {
        var stage = new Stage();
        try
        {
            Progress.Say("Starting servers, and making slots");
            await stage.StartServersAsync(options, stop);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more replica, until the caller stops it.</summary>
    internal Server StartService(string name)
    {
        var port = GuardedServer.FreePort();
        var environment = ServiceSettings.For(port, _postgres.ConnectionString, RedisPort);
        return new Server(port, _children.Start(name, ["dotnet", Path.Combine(Builds.Service, "Consultation.dll")], environment));
    }

    internal Process StartWorker() =>
        _children.Start("worker", ["node", Path.Combine(Builds.Bench, "peer", "worker.mjs"), $"{RedisPort}"], readOutput: true);

    internal Task StopAsync(Process process) => _children.KillAsync(process);

    internal async Task ReadyAsync(string name, Server server, string path, CancellationToken stop)
    {
        for (var started = Stopwatch.GetTimestamp(); !await AnswersAsync(server.Url(path), stop); await Task.Delay(2, stop))
        {
            if (server.Process.HasExited || Stopwatch.GetElapsedTime(started) > StartBound)
                throw new InvalidOperationException($"{name} did not start:\n{_children.EndOfLog(name)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Progress.Clear();
        Http.Dispose();
        if (Slots is not null)
            await Slots.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        await _children.DisposeAsync();
    }

    private async Task StartServersAsync(Options options, CancellationToken stop)
    {
        _postgres = await EmbeddedPostgres.StartAsync(Path.Combine(_children.Folder, "postgres"), stop, "max_connections = 200");
        Redis = _children.Start(
            "redis",
            [
                Prerequisites.Path("redis-server"), "--bind", "127.0.0.1", "--port", $"{RedisPort}", "--dir", _children.Folder,
                "--save", "", "--appendonly", "no",
            ]);
        Service = StartService("service");
        await ReadyAsync("service", Service, "/health/ready", stop);
        Slots = await Slots.MakeAsync(_postgres.ConnectionString, options, stop);

        string[] lists = [await KeepAsync("20", Slots.List20, stop), await KeepAsync("200", Slots.List200, stop)];
        var floor = Path.Combine(AppContext.BaseDirectory, "Consultation.Bench.Floor.dll");
        var peer = Path.Combine(Builds.Bench, "peer", "server.mjs");
        var (floorPort, peerPort) = (GuardedServer.FreePort(), GuardedServer.FreePort());
        Floor = new Server(floorPort, _children.Start("floor", ["dotnet", floor, $"{floorPort}", .. lists]));
        string[] command = ["node", peer, $"{peerPort}", $"{RedisPort}", Slots.PostgresAddress, .. lists];
        Peer = new Server(peerPort, _children.Start("peer", command));
        await ReadyAsync("floor", Floor, "/20", stop);
        await ReadyAsync("peer", Peer, "/20", stop);
    }

    /// <summary>The service's own answer, in a file from which the others serve the same bytes.</summary>
    private async Task<string> KeepAsync(string name, string list, CancellationToken stop)
    {
        var bytes = await Http.GetByteArrayAsync(Service.Url(list), stop);
        if (!System.Text.Encoding.UTF8.GetString(bytes).Contains($"\"total\":{name}", StringComparison.Ordinal))
            throw new InvalidOperationException($"{list} should list {name} slots.");
        var file = Path.Combine(_children.Folder, name);
        await File.WriteAllBytesAsync(file, bytes, stop);
        return file;
    }

    private async Task<bool> AnswersAsync(string url, CancellationToken stop)
    {
        try
        {
            using var answer = await Http.GetAsync(url, stop);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // Not listening yet: the caller asks again until its time is up.
            return false;
        }
    }
}
