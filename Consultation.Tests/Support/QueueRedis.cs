using System.Diagnostics;
using Consultation.Infrastructure.Embedded;
using StackExchange.Redis;

namespace Consultation.Tests.Support;

/// <summary>A Redis for the queue of one test, that can be killed, frozen and filled, and a look into it.</summary>
internal sealed class QueueRedis : IAsyncDisposable
{
    /// <summary>What all keys of the queue start with, by default.</summary>
    public const string P = "bull:notifications:";

    private readonly TemporaryFolder _folder = new();
    private ConnectionMultiplexer _connection = null!;

    public EmbeddedRedis Server { get; private set; } = null!;

    public IDatabase Keys => _connection.GetDatabase();

    /// <summary>For a replica that is to use this queue.</summary>
    public (string Key, string? Value) Setting => ("ConnectionStrings:NotificationsRedis", Server.ConnectionString);

    public static async Task<QueueRedis> StartAsync()
    {
        var redis = new QueueRedis();
        redis.Server = await EmbeddedRedis.StartAsync(redis._folder.Path, CancellationToken.None, "--appendfsync", "always");
        redis._connection = await ConnectionMultiplexer.ConnectAsync($"{redis.Server.ConnectionString},abortConnect=false,allowAdmin=true");
        return redis;
    }

    /// <summary>Connections stay open and nothing is answered.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    public Task FillAsync() => Keys.ExecuteAsync("config", "set", "maxmemory", "1");

    public Task EmptyAsync() => Keys.ExecuteAsync("config", "set", "maxmemory", "0");

    /// <param name="how">killed, frozen or full.</param>
    public Task BreakAsync(string how) => how switch
    {
        "killed" => Server.KillAsync(),
        "frozen" => FreezeAsync(),
        "full" => FillAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(how)),
    };

    /// <param name="how">What it was broken by.</param>
    public Task MendAsync(string how) => how switch
    {
        "killed" => Server.StartAgainAsync(keepData: true),
        "frozen" => ThawAsync(),
        "full" => EmptyAsync(),
        _ => throw new ArgumentOutOfRangeException(nameof(how)),
    };

    /// <summary>The dedup keys of the waiting jobs, sorted.</summary>
    public async Task<string[]> WaitingAsync()
    {
        var ids = await Keys.ListRangeAsync($"{P}wait");
        return [.. (await Task.WhenAll(ids.Select(id => Keys.HashGetAsync($"{P}{id}", "deid")))).Select(key => key.ToString()).Order()];
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{Server.ProcessId}"]);
        await kill.WaitForExitAsync();
    }
}
