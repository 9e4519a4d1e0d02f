using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Consultation.Tests.Support.Engines;

/// <summary>
/// Redis's protocol as far as an operator's commands need it: to one server and no other, which a client that knows of clusters and
/// sentinels would not be.
/// </summary>
internal static class Resp
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <returns>The answer as text; an array's members on lines of their own.</returns>
    /// <exception cref="InvalidOperationException">Redis refuses.</exception>
    public static async Task<string> CallAsync(int port, params string[] command)
    {
        using var timeout = new CancellationTokenSource(Timeout);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, timeout.Token);
        await using var stream = client.GetStream();
        var parts = command.Select(part => $"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"*{command.Length}\r\n{string.Concat(parts)}"), timeout.Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await ReadAsync(reader, timeout.Token);
    }

    /// <returns>Null when there is no answer.</returns>
    public static async Task<string?> TryCallAsync(int port, params string[] command)
    {
        try
        {
            return await CallAsync(port, command);
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidOperationException or OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var line = await reader.ReadLineAsync(cancellationToken) ?? throw new IOException("The connection was closed.");
        switch (line[0])
        {
            case '-':
                throw new InvalidOperationException(line[1..]);
            case '$' when line != "$-1":
                var text = new char[int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture) + 2]; // these answers are ASCII
                await reader.ReadBlockAsync(text, cancellationToken);
                return new string(text, 0, text.Length - 2);
            case '*':
                var members = new string[Math.Max(0, int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture))];
                for (var index = 0; index < members.Length; index++)
                    members[index] = await ReadAsync(reader, cancellationToken);
                return string.Join('\n', members);
            default:
                return line.StartsWith('$') ? "" : line[1..];
        }
    }
}
