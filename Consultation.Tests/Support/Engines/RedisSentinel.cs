using System.Globalization;
using Xunit;

namespace Consultation.Tests.Support.Engines;

/// <summary>A Redis with two replicas, and three sentinels that make one of them master when it dies.</summary>
public sealed class RedisSentinel : IAsyncLifetime
{
    private const string Service = "shop";
    private const int Replicas = 2, Sentinels = 3;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly List<(EngineHome Home, ServerProcess Process, int Port)> _sentinels = [];
    private RedisServer[] _servers = [];

    /// <summary>Names the sentinels and the service, and no Redis.</summary>
    internal string ConnectionString => $"{string.Join(',', _sentinels.Select(sentinel => $"127.0.0.1:{sentinel.Port}"))},serviceName={Service}";

    public async ValueTask InitializeAsync()
    {
        var master = await RedisServer.StartAsync("--repl-diskless-sync-delay", "0");
        _servers = [master];
        _servers = [master, .. await Task.WhenAll(Enumerable.Range(0, Replicas).Select(_ =>
            RedisServer.StartAsync("--replicaof", $"127.0.0.1 {master.Port}", "--repl-diskless-sync-delay", "0")))];
        for (var index = 0; index < Sentinels; index++)
            await StartSentinelAsync(master.Port);
        await ReadyAsync();
    }

    /// <summary>Kills the master, and says when the sentinels name another that takes writes.</summary>
    /// <returns>Completes with the takeover.</returns>
    internal async Task<Task> KillMasterAsync()
    {
        var old = await MasterAsync();
        await old.Process.KillAsync();
        return Bounded.UntilAsync("another one is master", LongestWait, async () =>
            await MasterAsync() is var master && master != old && (await master.CallAsync("ROLE")).StartsWith("master", StringComparison.Ordinal));
    }

    /// <summary>Starts again what is dead; the sentinels make it a replica.</summary>
    internal async Task HealAsync()
    {
        await Task.WhenAll(_servers.Where(server => server.Process.HasExited).Select(server => server.StartAgainAsync()));
        await ReadyAsync();
    }

    /// <summary>How long a list is on the present master.</summary>
    internal async Task<int> QueueLengthAsync(string list) => int.Parse(await (await MasterAsync()).CallAsync("LLEN", list), CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        foreach (var (home, process, _) in _sentinels)
        {
            await process.DisposeAsync();
            home.Dispose();
        }
        await Task.WhenAll(_servers.Select(server => server.DisposeAsync().AsTask()));
    }

    private async Task StartSentinelAsync(int masterPort)
    {
        var (home, port) = (await EngineHome.CreateAsync(), EngineHome.FreePort());
        var configuration = await home.WriteAsync("sentinel.conf",
            $"port {port.ToString(CultureInfo.InvariantCulture)}",
            "bind 127.0.0.1",
            $"dir {home.Folder}",
            $"sentinel monitor {Service} 127.0.0.1 {masterPort.ToString(CultureInfo.InvariantCulture)} 2",
            $"sentinel down-after-milliseconds {Service} 1000",
            $"sentinel failover-timeout {Service} 5000");
        var process = home.Start("redis-sentinel", configuration);
        _sentinels.Add((home, process, port));
        await process.AnswersAsync(async () => await Resp.TryCallAsync(port, "PING") == "PONG");
    }

    private async Task<RedisServer> MasterAsync()
    {
        var address = (await Resp.CallAsync(_sentinels[0].Port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", Service)).Split('\n');
        return _servers.Single(server => server.Port == int.Parse(address[1], CultureInfo.InvariantCulture));
    }

    private async Task ReadyAsync()
    {
        await Bounded.UntilAsync("every sentinel knows the others and both replicas", LongestWait, async () =>
        {
            foreach (var (_, _, port) in _sentinels)
            {
                if ((await Resp.TryCallAsync(port, "SENTINEL", "CKQUORUM", Service))?.StartsWith($"OK {Sentinels} ", StringComparison.Ordinal) != true
                    || Count(await Resp.CallAsync(port, "SENTINEL", "REPLICAS", Service), "master-link-status\nok") != Replicas)
                    return false;
            }
            return true;
        });

        static int Count(string text, string part) => text.Split(part).Length - 1;
    }
}
