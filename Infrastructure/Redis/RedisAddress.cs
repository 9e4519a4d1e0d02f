using System.Globalization;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>
/// Where a Redis is, as StackExchange.Redis writes it (<c>redis:6379,password=…</c>) or as providers do: <c>redis://user:password@host:port/database</c>,
/// <c>rediss://</c> with TLS, each part percent-encoded.
/// </summary>
internal static class RedisAddress
{
    private const int DefaultPort = 6379;
    private const string Scheme = "redis://";
    private const string TlsScheme = "rediss://";

    /// <exception cref="FormatException">It cannot be read; the message says what would be right and holds nothing secret.</exception>
    public static ConfigurationOptions Parse(string text)
    {
        if (text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return ParseUrl(text[Scheme.Length..], tls: false);
        if (text.StartsWith(TlsScheme, StringComparison.OrdinalIgnoreCase))
            return ParseUrl(text[TlsScheme.Length..], tls: true);
        try
        {
            var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var isSplitPassword = parts.SkipWhile(part => !part.StartsWith("password=", StringComparison.OrdinalIgnoreCase)).Any(part => !part.Contains('=', StringComparison.Ordinal));
            if (isSplitPassword)
                throw new FormatException("hosts first and then the options; a password with a comma in it is written redis://:password@host:6379, its comma as %2C");
            return text.Contains("://", StringComparison.Ordinal) || ConfigurationOptions.Parse(text) is not { EndPoints.Count: > 0 } options
                ? throw new FormatException("a Redis connection string with a host, like redis:6379,password=… or redis://:password@redis:6379/0")
                : options;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or OverflowException)
        {
            // its words may quote the text, and so a secret
            throw new FormatException("a Redis connection string, like redis:6379,password=… or redis://:password@redis:6379/0");
        }
    }

    private static ConfigurationOptions ParseUrl(string rest, bool tls)
    {
        var at = rest.LastIndexOf('@');
        var (login, place) = at < 0 ? ("", rest) : (rest[..at], rest[(at + 1)..]);
        if (place.IndexOf('?', StringComparison.Ordinal) is >= 0 and var mark)
        {
            var name = place[(mark + 1)..].Split('=', '&')[0];
            throw new FormatException($"an address without the parameter '{(name.Length > 40 ? name[..40] : name)}'; StackExchange.Redis's own form has options");
        }
        var slash = place.IndexOf('/', StringComparison.Ordinal);
        var (hosts, database) = slash < 0 ? (place, "") : (place[..slash], place[(slash + 1)..]);
        var colon = login.IndexOf(':', StringComparison.Ordinal);
        var (user, password) = colon < 0 ? (login, "") : (login[..colon], login[(colon + 1)..]);

        var options = new ConfigurationOptions { Ssl = tls };
        foreach (var host in hosts.Split(','))
            Add(options, host);
        if (user is not ("" or "default"))
            options.User = Uri.UnescapeDataString(user);
        if (password.Length > 0)
            options.Password = Uri.UnescapeDataString(password);
        if (tls && hosts.Split(',') is [var one])
            options.SslHost = HostOf(one).Host;
        if (database.Length > 0)
            options.DefaultDatabase = Number(database, from: 0, to: int.MaxValue) ?? throw new FormatException("an address whose database is a number, like redis://redis:6379/0");
        return options;
    }

    private static void Add(ConfigurationOptions options, string text)
    {
        var (host, port) = HostOf(text);
        if (host.Length == 0)
            throw new FormatException("an address with a host, like redis://:password@redis:6379/0");
        options.EndPoints.Add(host, port);
    }

    private static (string Host, int Port) HostOf(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || text.AsSpan(colon).Contains(']'))
            return (text.Trim('[', ']'), DefaultPort);
        var port = Number(text[(colon + 1)..], from: 1, to: 65535)
            ?? throw new FormatException("an address whose port is a number from 1 to 65535 (write a @, / or : of the password as %40, %2F, %3A)");
        return (text[..colon].Trim('[', ']'), port);
    }

    private static int? Number(string text, int from, int to) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to ? number : null;
}
