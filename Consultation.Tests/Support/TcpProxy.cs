using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Consultation.Tests.Support;

/// <summary>Stands between the service and a server, and can be slow or gone.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<Socket, bool> sockets = new();
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly EndPoint target;
    private readonly Task accepting;
    private long delay;
    private volatile bool gone;

    public TcpProxy(string host, int port)
    {
        target = new DnsEndPoint(host, port);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>What a packet takes from the server to the client; the way there takes no time.</summary>
    public TimeSpan Delay
    {
        set => Interlocked.Exchange(ref delay, value.Ticks);
    }

    /// <summary>Closes all connections, and every new one, until <see cref="Return"/>.</summary>
    public void Leave()
    {
        gone = true;
        CloseAll();
    }

    public void Return() => gone = false;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        CloseAll();
        await accepting;
        stop.Dispose();
    }

    private void CloseAll()
    {
        foreach (var socket in sockets.Keys)
            socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptSocketAsync(stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return; // we are being disposed
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        sockets[client] = sockets[server] = true;
        try
        {
            if (gone)
                return;
            await server.ConnectAsync(target, stop.Token);
            await Task.WhenAny(PassAsync(client, server, delayed: false), PassAsync(server, client, delayed: true));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The server is not there: the client sees its connection closed.
        }
        finally
        {
            sockets.TryRemove(client, out _);
            sockets.TryRemove(server, out _);
            client.Dispose();
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool delayed)
    {
        var packets = Channel.CreateUnbounded<(long Due, byte[] Bytes)>();
        var writing = WriteAsync(packets.Reader, to);
        try
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReceiveAsync(buffer, stop.Token) is > 0 and var count)
            {
                var late = delayed ? (long)(new TimeSpan(Interlocked.Read(ref delay)).TotalSeconds * Stopwatch.Frequency) : 0;
                packets.Writer.TryWrite((Stopwatch.GetTimestamp() + late, buffer[..count]));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed by one end or by us.
        }
        packets.Writer.Complete();
        await writing;
    }

    private async Task WriteAsync(ChannelReader<(long Due, byte[] Bytes)> packets, Socket to)
    {
        try
        {
            await foreach (var (due, bytes) in packets.ReadAllAsync(stop.Token))
            {
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } early)
                    await Task.Delay(early, stop.Token);
                await to.SendAsync(bytes, stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed by one end or by us.
        }
    }
}
