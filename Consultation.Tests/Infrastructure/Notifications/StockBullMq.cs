using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Consultation.Tests.Infrastructure.Notifications;

/// <summary>The real <c>Queue</c>, <c>Worker</c> and <c>QueueEvents</c> of a pinned BullMQ from npm, in a node process of its own.</summary>
internal sealed class StockBullMq : IAsyncDisposable
{
    private static readonly string Source = Path.Combine(AppContext.BaseDirectory, "Infrastructure", "Notifications", "bullmq");
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    private readonly Process _node;

    private StockBullMq(Process node) => _node = node;

    public static async Task<StockBullMq> StartAsync(int major, int redisPort, string prefix, string queue)
    {
        var folder = await Installed.Value;
        var stock = new StockBullMq(Start("node", folder, "stock.mjs", $"{major}", $"{redisPort}", prefix, queue));
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

    /// <summary>Installs the locked versions once per machine and lock file; a folder appears only when it is complete.</summary>
    private static async Task<string> InstallAsync()
    {
        var version = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Source, "package-lock.json"))))[..12];
        var folder = Path.Combine(Path.GetTempPath(), $"consultation-bullmq-{version}");
        if (!Directory.Exists(folder))
        {
            var staging = Directory.CreateTempSubdirectory("consultation-bullmq-").FullName;
            foreach (var file in (string[])["package.json", "package-lock.json"])
                File.Copy(Path.Combine(Source, file), Path.Combine(staging, file));
            using var npm = Start("npm", staging, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            var output = await Task.WhenAll(npm.StandardOutput.ReadToEndAsync(), npm.StandardError.ReadToEndAsync()).WaitAsync(TimeSpan.FromMinutes(3));
            await npm.WaitForExitAsync();
            Assert.True(npm.ExitCode == 0, $"npm ci failed, and without stock workers the queue's layout is not proven:\n{string.Concat(output)}");
            try
            {
                Directory.Move(staging, folder);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                Directory.Delete(staging, recursive: true);
            }
        }

        File.Copy(Path.Combine(Source, "stock.mjs"), Path.Combine(folder, "stock.mjs"), overwrite: true);
        return folder;
    }

    private static Process Start(string file, string folder, params string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(file, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"'{file}' cannot be started: Node.js 20 or later and npm are needed to prove the queue's layout with stock BullMQ workers.", e);
        }
    }
}
