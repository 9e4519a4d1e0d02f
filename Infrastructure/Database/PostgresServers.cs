using System.Globalization;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>
/// The servers that the connection string names, and which of them is in use: the one that takes writes, as far as <see cref="DatabaseProbe"/>
/// knows. Npgsql's own choice among hosts is not used: it learns of a server that hangs from the requests that hang with it.
/// </summary>
internal sealed class PostgresServers(PostgresOptions options)
{
    private readonly NpgsqlConnectionStringBuilder[] _all = [.. Split(new(options.ConnectionString))];
    private int _current;

    /// <summary>The server in use has broken its connections off, or is another one from now on: what the pools hold is worth nothing.</summary>
    public event Action? ConnectionsLost;

    public IReadOnlyList<NpgsqlConnectionStringBuilder> All => _all;

    public int Current => Volatile.Read(ref _current);

    public void MoveTo(int server)
    {
        Volatile.Write(ref _current, server);
        ConnectionsLost?.Invoke();
    }

    public void LoseConnections() => ConnectionsLost?.Invoke();

    /// <summary>For each host a connection string of its own.</summary>
    public static IEnumerable<NpgsqlConnectionStringBuilder> Split(NpgsqlConnectionStringBuilder several)
    {
        foreach (var host in several.Host!.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = host.LastIndexOf(':');
            var isIPv6 = host.IndexOf(':', StringComparison.Ordinal) != colon && !host.StartsWith('[');
            var hasPort = colon > 0 && !isIPv6 && !host.StartsWith('/') && !host.AsSpan(colon).Contains(']');
            var one = new NpgsqlConnectionStringBuilder(several.ConnectionString) { Host = (hasPort ? host[..colon] : host).Trim('[', ']') };
            if (hasPort)
                one.Port = int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : throw new ArgumentException("port");
            one.Remove("Target Session Attributes");
            one.Remove("Load Balance Hosts");
            one.Remove("Host Recheck Seconds");
            yield return one;
        }
    }
}
