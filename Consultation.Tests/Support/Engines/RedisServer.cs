using System.Globalization;

namespace Consultation.Tests.Support.Engines;

/// <summary>A Redis of a test's own, in memory alone: started again after a kill it is empty.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly EngineHome _home;
    private readonly string[] _settings;

    private RedisServer(EngineHome home, string[] settings)
    {
        _home = home;
        _settings = settings;
    }

    public int Port { get; } = EngineHome.FreePort();

    public string Address => $"127.0.0.1:{Port}";

    public ServerProcess Process { get; private set; } = null!;

    /// <param name="settings">Of redis.conf, as arguments: <c>--maxmemory</c>, <c>1mb</c>.</param>
    public static async Task<RedisServer> StartAsync(params string[] settings)
    {
        var server = new RedisServer(await EngineHome.CreateAsync(), settings);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>After its end, on the same port.</summary>
    public async Task StartAgainAsync()
    {
        if (Process is not null)
            await Process.DisposeAsync();
        Process = _home.Start("redis-server",
            ["--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _home.Folder, "--save", "", "--appendonly", "no", .. _settings]);
        await Process.AnswersAsync(async () => await Resp.TryCallAsync(Port, "PING") == "PONG");
    }

    /// <summary>One command on a connection of its own; an array's members stand on lines of their own.</summary>
    public Task<string> CallAsync(params string[] command) => Resp.CallAsync(Port, command);

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _home.Dispose();
    }
}
