using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Consultation.Tests.Support;

/// <summary>Stands between the service and a server, and can be slow or gone.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, bool> _sockets = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly EndPoint _target;
    private readonly Task _accepting;
    private long _delay;
    private Hold? _hold;
    private volatile bool _gone;

    public TcpProxy(string host, int port)
    {
        _target = new DnsEndPoint(host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>What a packet takes from the server to the client; the way there takes no time.</summary>
    public TimeSpan Delay
    {
        set => Interlocked.Exchange(ref _delay, value.Ticks);
    }

    /// <summary>Lets so many packets from the server pass, and keeps those after them until <see cref="ReleaseReplies"/>; connections stay open.</summary>
    public void HoldReplies(int after = 0) => Volatile.Write(ref _hold, new Hold(after));

    public void ReleaseReplies() => Interlocked.Exchange(ref _hold, null)?.Released.SetResult();

    /// <summary>Ends when a packet is being held.</summary>
    public Task RepliesAreHeldAsync() => Volatile.Read(ref _hold)!.Reached.Task;

    /// <summary>Closes all connections, and every new one, until <see cref="Return"/>.</summary>
    public void Leave()
    {
        _gone = true;
        CloseAll();
    }

    public void Return() => _gone = false;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        CloseAll();
        await _accepting;
        _stop.Dispose();
    }

    private void CloseAll()
    {
        foreach (var socket in _sockets.Keys)
            socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
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
        _sockets[client] = _sockets[server] = true;
        try
        {
            if (_gone)
                return;
            await server.ConnectAsync(_target, _stop.Token);
            await Task.WhenAny(PassAsync(client, server, delayed: false), PassAsync(server, client, delayed: true));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The server is not there: the client sees its connection closed.
        }
        finally
        {
            _sockets.TryRemove(client, out _);
            _sockets.TryRemove(server, out _);
            client.Dispose();
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool delayed)
    {
        var packets = Channel.CreateUnbounded<(long Due, Task Gate, byte[] Bytes)>();
        var writing = WriteAsync(packets.Reader, to);
        try
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            {
                var late = delayed ? (long)(new TimeSpan(Interlocked.Read(ref _delay)).TotalSeconds * Stopwatch.Frequency) : 0;
                var gate = delayed ? Volatile.Read(ref _hold)?.Pass() : null;
                packets.Writer.TryWrite((Stopwatch.GetTimestamp() + late, gate ?? Task.CompletedTask, buffer[..count]));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed by one end or by us.
        }
        packets.Writer.Complete();
        await writing;
    }

    private async Task WriteAsync(ChannelReader<(long Due, Task Gate, byte[] Bytes)> packets, Socket to)
    {
        try
        {
            await foreach (var (due, gate, bytes) in packets.ReadAllAsync(_stop.Token))
            {
                await gate.WaitAsync(_stop.Token);
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } early)
                    await Task.Delay(early, _stop.Token);
                await to.SendAsync(bytes, _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed by one end or by us.
        }
    }

    private sealed class Hold(int after)
    {
        private int _left = after;

        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>What the next packet has to wait for.</summary>
        public Task Pass()
        {
            if (Interlocked.Decrement(ref _left) >= 0)
                return Task.CompletedTask;
            Reached.TrySetResult();
            return Released.Task;
        }
    }
}
