using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Consultation.Tests.Support;

/// <summary>An HTTP/1.1 request as bytes, for what no HTTP client would send.</summary>
internal sealed record RawRequest(string Method, string Target)
{
    /// <summary>In Latin-1, so that every byte can be said.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public byte[]? Body { get; init; }

    /// <summary>In bytes; null for a body of one piece with its length before it.</summary>
    public int? ChunkSize { get; init; }

    public override string ToString()
    {
        var text = $"{Method} {Target}\n{string.Join('\n', Headers.Select(header => $"{header.Name}: {header.Value}"))}\n{Encoding.Latin1.GetString(Body ?? [])}";
        return text.Length > 3000 ? $"{text[..3000]}... ({text.Length} characters)" : text;
    }

    public byte[] ToBytes()
    {
        var head = new StringBuilder($"{Method} {Target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        foreach (var (name, value) in Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (Body is not null)
            head.Append(CultureInfo.InvariantCulture, $"{(ChunkSize is not null ? "Transfer-Encoding: chunked" : $"Content-Length: {Body.Length}")}\r\n");
        head.Append("\r\n");
        byte[] body = Body is { } content && ChunkSize is { } size
            ? [.. content.Chunk(size).SelectMany<byte[], byte>(chunk => [.. Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"), .. chunk, .. "\r\n"u8]), .. "0\r\n\r\n"u8]
            : Body ?? [];
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. body];
    }
}

/// <summary>An answer as it came; status 0 is a connection that was closed without one.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

internal static class RawHttp
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    public static async Task<RawAnswer> SendAsync(Uri address, RawRequest request)
    {
        using var patience = new CancellationTokenSource(Timeout);
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port, patience.Token);
        await using var stream = client.GetStream();
        using var received = new MemoryStream();
        try
        {
            await stream.WriteAsync(request.ToBytes(), patience.Token);
            await stream.CopyToAsync(received, patience.Token);
        }
        catch (IOException)
        {
            // the server may close before it has read all of a body that it refuses; what it said by then counts
        }
        return Parse(received.ToArray());
    }

    private static RawAnswer Parse(byte[] received)
    {
        var end = received.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return new RawAnswer(0, new Dictionary<string, string>(), "");
        var lines = Encoding.Latin1.GetString(received, 0, end).Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(header => header.Key, header => string.Join(",", header.Select(pair => pair[1].Trim())), StringComparer.OrdinalIgnoreCase);
        var body = received.AsSpan(end + 4);
        return new RawAnswer(
            int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers,
            Encoding.UTF8.GetString(headers.GetValueOrDefault("Transfer-Encoding") == "chunked" ? Joined(body) : body));
    }

    private static byte[] Joined(ReadOnlySpan<byte> chunks)
    {
        var body = new List<byte>();
        while (chunks.IndexOf("\r\n"u8) is var line and > 0)
        {
            var length = int.Parse(Encoding.ASCII.GetString(chunks[..line]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
                break;
            body.AddRange(chunks.Slice(line + 2, length));
            chunks = chunks[(line + 2 + length + 2)..];
        }
        return [.. body];
    }
}
