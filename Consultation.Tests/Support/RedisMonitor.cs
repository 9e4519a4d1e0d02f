using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Consultation.Tests.Support;

/// <summary>The commands that clients send to a Redis (not those that scripts run), as MONITOR tells them, from here on.</summary>
internal sealed class RedisMonitor : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly TcpClient _client = new();
    private Task _reading = Task.CompletedTask;

    public static async Task<RedisMonitor> StartAsync(int port)
    {
        var monitor = new RedisMonitor();
        await monitor._client.ConnectAsync("127.0.0.1", port);
        var stream = monitor._client.GetStream();
        var lines = new StreamReader(stream);
        await stream.WriteAsync(Encoding.ASCII.GetBytes("MONITOR\r\n"));
        await lines.ReadLineAsync(); // +OK
        monitor._reading = monitor.ReadAsync(lines);
        return monitor;
    }

    /// <summary>Without what keeps the connection: the watch's probe, and the client's pings.</summary>
    public IEnumerable<string> Of(params string[] parts) =>
        _commands.Where(command => !command.Contains("\"consultation:probe\"") && !command.Contains("] \"PING\"") && parts.All(command.Contains));

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _reading;
    }

    private async Task ReadAsync(StreamReader lines)
    {
        try
        {
            while (await lines.ReadLineAsync() is { } line)
                if (!line.Contains(" lua] "))
                    _commands.Enqueue(line);
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // We are being disposed.
        }
    }
}
