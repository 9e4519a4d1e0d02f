using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Consultation.Tests.Support;

/// <summary>The commands that clients send to a Redis (not those that scripts run), as MONITOR tells them, from here on.</summary>
internal sealed class RedisMonitor : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> commands = new();
    private readonly TcpClient client = new();
    private Task reading = Task.CompletedTask;

    public static async Task<RedisMonitor> StartAsync(int port)
    {
        var monitor = new RedisMonitor();
        await monitor.client.ConnectAsync("127.0.0.1", port);
        var stream = monitor.client.GetStream();
        var lines = new StreamReader(stream);
        await stream.WriteAsync(Encoding.ASCII.GetBytes("MONITOR\r\n"));
        await lines.ReadLineAsync(); // +OK
        monitor.reading = monitor.ReadAsync(lines);
        return monitor;
    }

    /// <summary>Without what keeps the connection: the watch's probe, and the client's pings.</summary>
    public IEnumerable<string> Of(params string[] parts) =>
        commands.Where(command => !command.Contains("\"consultation:probe\"") && !command.Contains("] \"PING\"") && parts.All(command.Contains));

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await reading;
    }

    private async Task ReadAsync(StreamReader lines)
    {
        try
        {
            while (await lines.ReadLineAsync() is { } line)
                if (!line.Contains(" lua] "))
                    commands.Enqueue(line);
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // We are being disposed.
        }
    }
}
