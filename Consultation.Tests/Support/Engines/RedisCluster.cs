using System.Globalization;
using Xunit;

namespace Consultation.Tests.Support.Engines;

/// <summary>A Redis Cluster on this machine: three masters with a replica each.</summary>
public sealed class RedisCluster : IAsyncLifetime
{
    private const int Masters = 3, Slots = 16_384, NodeTimeoutMilliseconds = 1_500;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private RedisServer[] _nodes = [];

    /// <summary>Names every node, as an operator would.</summary>
    internal string ConnectionString => string.Join(',', _nodes.Select(node => node.Address));

    /// <summary>The ports of all nodes.</summary>
    internal IEnumerable<int> Ports => _nodes.Select(node => node.Port);

    public async ValueTask InitializeAsync()
    {
        var busPorts = Enumerable.Range(0, 2 * Masters).Select(_ => EngineHome.FreePort()).ToArray();
        _nodes = await Task.WhenAll(busPorts.Select(bus => RedisServer.StartAsync(
            "--cluster-enabled", "yes", "--cluster-port", Text(bus), "--cluster-node-timeout", Text(NodeTimeoutMilliseconds),
            "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")));
        for (var index = 0; index < Masters; index++)
            await _nodes[index].CallAsync("CLUSTER", "ADDSLOTSRANGE", Text(Slots * index / Masters), Text((Slots * (index + 1) / Masters) - 1));
        for (var index = 0; index < _nodes.Length; index++)
            await _nodes[index].CallAsync("CLUSTER", "SET-CONFIG-EPOCH", Text(index + 1));
        for (var index = 1; index < _nodes.Length; index++)
            await _nodes[0].CallAsync("CLUSTER", "MEET", "127.0.0.1", Text(_nodes[index].Port), Text(busPorts[index]));
        await UntilAsync("all nodes know each other", async node => (await node.CallAsync("CLUSTER", "INFO")).Contains($"cluster_known_nodes:{_nodes.Length}", StringComparison.Ordinal));
        for (var index = 0; index < Masters; index++)
            await _nodes[Masters + index].CallAsync("CLUSTER", "REPLICATE", await _nodes[index].CallAsync("CLUSTER", "MYID"));
        await HealthyAsync();
    }

    /// <summary>Kills the master that has this key, and says when a replica has taken its place.</summary>
    /// <returns>Completes with the takeover.</returns>
    internal async Task<Task> KillMasterOfAsync(string key)
    {
        var master = await MasterOfAsync(key);
        await master.Process.KillAsync();
        return Bounded.UntilAsync("a replica is master now", LongestWait, async () =>
        {
            foreach (var node in _nodes.Where(node => !node.Process.HasExited))
                if (await node.CallAsync("CLUSTER", "MYID") == await OwnerOfAsync(node, key) && (await node.CallAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal))
                    return true;
            return false;
        });
    }

    /// <summary>No keys; replicas follow their masters.</summary>
    internal Task FlushAsync() => Task.WhenAll(_nodes.Select(node => Resp.TryCallAsync(node.Port, "flushall")));

    /// <summary>Starts again what is dead; it comes back as a replica, for its place is taken.</summary>
    internal async Task HealAsync()
    {
        await Task.WhenAll(_nodes.Where(node => node.Process.HasExited).Select(node => node.StartAgainAsync()));
        await HealthyAsync();
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));

    internal async Task<string> CallMasterOfAsync(string key, params string[] command) => await (await MasterOfAsync(key)).CallAsync(command);

    private async Task<RedisServer> MasterOfAsync(string key)
    {
        var asked = _nodes.First(node => !node.Process.HasExited);
        var owner = await OwnerOfAsync(asked, key);
        foreach (var node in _nodes.Where(node => !node.Process.HasExited))
            if (await node.CallAsync("CLUSTER", "MYID") == owner)
                return node;
        throw new InvalidOperationException($"Nobody has {key}.");
    }

    /// <summary>The id of the node that, as the asked one sees it, has the key's slot.</summary>
    private static async Task<string?> OwnerOfAsync(RedisServer asked, string key)
    {
        var slot = int.Parse(await asked.CallAsync("CLUSTER", "KEYSLOT", key), CultureInfo.InvariantCulture);
        // <id> <ip:port@bus> <flags> <master> <ping> <pong> <epoch> <link> <slot>…
        return (await asked.CallAsync("CLUSTER", "NODES")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .FirstOrDefault(node => !node[2].Contains("fail", StringComparison.Ordinal) && node[8..].Any(range => Holds(range, slot)))?[0];

        static bool Holds(string range, int slot)
        {
            var ends = range.Split('-');
            return int.TryParse(ends[0], out var first) && slot >= first && slot <= int.Parse(ends[^1], CultureInfo.InvariantCulture);
        }
    }

    private Task HealthyAsync() => UntilAsync("all slots are served and all replicas linked", async node =>
        (await node.CallAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal)
        && !(await node.CallAsync("CLUSTER", "NODES")).Contains("fail", StringComparison.Ordinal)
        && await node.CallAsync("INFO", "replication") is var replication
        && (replication.Contains("master_link_status:up", StringComparison.Ordinal) || replication.Contains("connected_slaves:1", StringComparison.Ordinal)));

    private async Task UntilAsync(string what, Func<RedisServer, Task<bool>> holds)
    {
        foreach (var node in _nodes)
            await Bounded.UntilAsync(what, LongestWait, () => holds(node));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
