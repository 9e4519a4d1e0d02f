using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Guarantees;

/// <summary>Slow and hostile clients: memory stays bounded, and honest clients are served meanwhile.</summary>
[Collection(RealProcesses.Name)]
public sealed class HostileClientTests(Service service, PublishedBuild build) : IClassFixture<Service>, IAsyncLifetime
{
    private const int MemoryBound = 600; // MiB, all in; a fresh replica takes about 150

    private PublishedService _replica = null!;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _replica = await PublishedService.StartReadyAsync(
            build, service.PostgresConnection, service.RedisConnection, ("CONSULTATION_TRUSTED_PROXIES", "127.0.0.1"), ("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", "100"));
    }

    public ValueTask DisposeAsync() => _replica.DisposeAsync();

    /// <summary>As many connections as the machine lets the test open, up to 10,000.</summary>
    [Fact]
    public async Task Ten_thousand_idle_connections_and_slow_headers_and_bodies_starve_nobody_and_are_cut()
    {
        var idle = new List<Socket>();
        try
        {
            var connections = Math.Min(10_000, DescriptorLimit() - 2_000);
            while (idle.Count < connections)
                idle.AddRange(await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => ConnectAsync())));

            var slow = Enumerable.Range(0, 200).Select(index => IsCutAsync(index % 2 == 0
                ? $"GET {HttpJson.Slots} HTTP/1.1\r\nHost: x\r\nX-Slow: "
                : $"POST {HttpJson.Book} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{{")).ToList();
            var cut = Task.WhenAll(slow);
            while (!cut.IsCompleted)
                await AssertServedAsync();

            Assert.All(await cut, Assert.True);
            Assert.InRange(_replica.Memory.Peak, 1, MemoryBound);
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
        await AssertServedAsync();
    }

    [Fact]
    public async Task Thousands_of_large_bodies_leave_memory_bounded()
    {
        const int Largest = 64 * 1024;
        var slot = await service.SlotInAsync(24);
        var honestBody = $$"""{"slotId":{{slot}},"name":"","filler":"{{new string('x', Largest - 100)}}"}""";
        var nested = new string('[', Largest - 10);
        var tooLarge = new string(' ', Largest + 1);
        using var http = PublishedService.NewClient(_replica.Address, connections: 32);

        var flood = Parallel.ForEachAsync(Enumerable.Range(0, 2_000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (index, _) =>
        {
            var answer = await http.PostAsync(HttpJson.Book, (index % 4) switch { 0 => nested, 1 => tooLarge, _ => honestBody });
            Assert.Equal(index % 4 == 1 ? HttpStatusCode.RequestEntityTooLarge : HttpStatusCode.BadRequest, answer.Status);
        });
        while (!flood.IsCompleted)
            await AssertServedAsync();
        await flood;
        Assert.InRange(_replica.Memory.Peak, 1, MemoryBound);
    }

    [Fact]
    public async Task A_flood_of_callers_leaves_memory_bounded_and_keys_that_end()
    {
        const int Callers = 5_000;
        using var http = PublishedService.NewClient(_replica.Address, connections: 32);

        var flood = Parallel.ForEachAsync(Enumerable.Range(0, Callers), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (index, _) =>
        {
            // each its own network, and a query that nobody has asked before
            var answer = await http.GetAsync($"{HttpJson.Slots}?dateFrom=2027-01-01&dateTo=2027-{1 + (index % 2):00}-{1 + (index % 28):00}", null, ("X-Forwarded-For", $"2001:db8:{index:x}::1"));
            Assert.Equal(HttpStatusCode.OK, answer.Status);
        });
        while (!flood.IsCompleted)
            await AssertServedAsync();
        await flood;

        // a /64 is one caller, however many addresses it has
        var oneNetwork = new List<HttpStatusCode>();
        for (var index = 0; index < 110; index++)
            oneNetwork.Add((await http.GetAsync(HttpJson.Slots, null, ("X-Forwarded-For", $"2001:db8:ffff:1::{index + 1:x}"))).Status);
        Assert.Equal(10, oneNetwork.Count(status => status == HttpStatusCode.TooManyRequests));

        Assert.InRange(_replica.Memory.Peak, 1, MemoryBound);
        var script = "local endless = 0 for _, key in ipairs(redis.call('keys', 'consultation:limit:*')) do if redis.call('pttl', key) < 0 then endless = endless + 1 end end return endless";
        Assert.Equal(0, (int)await service.Redis.ScriptEvaluateAsync(script));
    }

    private async Task AssertServedAsync()
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await _replica.Http.GetAsync(HttpJson.AdminSlots, Tokens.Admin());
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await Task.Delay(100);
    }

    /// <summary>Sends a byte now and then; true when the server ends that within half a minute.</summary>
    private async Task<bool> IsCutAsync(string start)
    {
        using var socket = await ConnectAsync();
        var started = Stopwatch.GetTimestamp();
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(start));
            var end = EndAsync(socket);
            while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30))
            {
                if (await Task.WhenAny(end, Task.Delay(500)) == end)
                    return true;
                await socket.SendAsync("x"u8.ToArray());
            }
            return false;
        }
        catch (SocketException)
        {
            return true;
        }

        static async Task EndAsync(Socket socket)
        {
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer) > 0)
            {
                // the short answer before the end
            }
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_replica.Address.Host, _replica.Address.Port);
        return socket;
    }

    private static int DescriptorLimit() =>
        int.TryParse(File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], out var limit)
            ? limit
            : 10_000;
}
