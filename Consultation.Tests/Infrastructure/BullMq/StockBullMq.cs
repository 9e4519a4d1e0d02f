using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.BullMq;

/// <summary>The real <c>Queue</c>, <c>Worker</c> and <c>QueueEvents</c> of a pinned BullMQ from npm, in a node process of its own.</summary>
internal sealed class StockBullMq : IAsyncDisposable
{
    private static readonly Lazy<Task<NodeProject>> Installed =
        new(() => NodeProject.InstallAsync(Path.Combine(AppContext.BaseDirectory, "Infrastructure", "BullMq", "bullmq")));

    private readonly Process _node;

    private StockBullMq(Process node) => _node = node;

    public static Task<StockBullMq> StartAsync(int major, int redisPort, string prefix = "bull", string queue = "notifications") =>
        StartOnClusterAsync(major, [redisPort], prefix, queue);

    /// <param name="major">BullMQ's.</param>
    /// <param name="redisPorts">Of the cluster's nodes; a single one is of no cluster.</param>
    /// <param name="prefix">Of the keys.</param>
    /// <param name="queue">Its name.</param>
    public static async Task<StockBullMq> StartOnClusterAsync(int major, IEnumerable<int> redisPorts, string prefix, string queue)
    {
        var project = await Installed.Value;
        var stock = new StockBullMq(project.Start("node", "stock.mjs", $"{major}", string.Join(',', redisPorts), prefix, queue));
        await stock.CallAsync("ready");
        return stock;
    }

    public async Task<JsonNode?> CallAsync(string command, object? arguments = null)
    {
        var request = arguments is null ? [] : JsonSerializer.SerializeToNode(arguments)!.AsObject();
        request["command"] = command;
        await _node.StandardInput.WriteLineAsync(request.ToJsonString());
        await _node.StandardInput.FlushAsync();
        var line = await _node.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20))
            ?? throw new InvalidOperationException("node ended: " + await _node.StandardError.ReadToEndAsync());
        var answer = JsonNode.Parse(line)!;
        Assert.True(answer["error"] is null, $"{command}: {answer["error"]}");
        return answer["result"];
    }

    public async Task<JsonArray> ListAsync(string command, object? arguments = null) => (await CallAsync(command, arguments))!.AsArray();

    public async Task<int> CountAsync(string state) => (int)(await CallAsync("counts"))![state]!;

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _node.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _node.Kill(entireProcessTree: true);
        }

        _node.Dispose();
    }
}
