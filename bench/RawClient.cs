using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Consultation.Bench;

/// <summary>
/// A keep-alive HTTP/1.1 connection that sends bytes made beforehand and reads no more of an answer than its status and length, so
/// that what is measured is the server.
/// </summary>
internal sealed class RawClient(Uri server) : IDisposable
{
    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] ContentLength = "\r\nContent-Length: "u8.ToArray();
    private static readonly byte[] Chunked = "\r\nTransfer-Encoding: chunked"u8.ToArray();
    private static readonly byte[] LastChunk = "\r\n0\r\n\r\n"u8.ToArray();

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[128 * 1024];

    public Task ConnectAsync() => _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port));

    public static byte[] Get(string path, params string[] headers) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n");

    /// <returns>The status; throws for any other than the one expected, since an error is fast and proves nothing.</returns>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> request, int expectedStatus)
    {
        await _socket.SendAsync(request);
        var (length, end) = (0, -1);
        while (end < 0 || length < end)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(length));
            if (read == 0)
                throw new IOException("The server closed the connection.");
            length += read;
            if (end < 0)
                end = EndOfAnswer(_buffer.AsSpan(0, length));
        }
        Utf8Parser.TryParse(_buffer.AsSpan(9, 3), out int status, out _);
        if (status != expectedStatus)
            throw new InvalidOperationException($"Expected {expectedStatus}:\n{Encoding.UTF8.GetString(_buffer, 0, length)}");
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Where the answer ends, or -1 while that cannot be told.</summary>
    private static int EndOfAnswer(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf(EndOfHead);
        if (head < 0)
            return -1;
        var body = head + EndOfHead.Length;
        if (answer[..head].IndexOf(ContentLength) is >= 0 and var at)
        {
            Utf8Parser.TryParse(answer[(at + ContentLength.Length)..], out int length, out _);
            return body + length;
        }
        if (answer[..head].IndexOf(Chunked) < 0)
            return body; // 304
        var last = answer[(head + 2)..].IndexOf(LastChunk);
        return last < 0 ? -1 : head + 2 + last + LastChunk.Length;
    }
}
