using System.Globalization;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>
/// Reads <c>postgres://user:password@host:port,host:port/database?parameters</c>, as providers show it (libpq's form), into Npgsql's own terms.
/// User, password, hosts, database and values may be percent-encoded.
/// </summary>
internal static class PostgresUrl
{
    private const string Taken = "sslmode, sslrootcert, channel_binding, options, schema, pgbouncer and target_session_attrs";

    public static bool IsUrl(string text) =>
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="FormatException">It cannot be read; the message says what would be right and holds nothing secret.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        // the last one: people paste passwords with an @ in them
        var at = rest.AsSpan(0, rest.LastIndexOf('?') is >= 0 and var mark ? mark : rest.Length).LastIndexOf('@');
        var (login, place) = at < 0 ? ("", rest) : (rest[..at], rest[(at + 1)..]);
        var (address, query) = Cut(place, '?');
        var (hosts, database) = Cut(address, '/');
        var (user, password) = Cut(login, ':');

        var connection = new NpgsqlConnectionStringBuilder { Host = string.Join(',', hosts.Split(',').Select(Host)) };
        if (user.Length > 0)
            connection.Username = Decoded(user);
        if (password.Length > 0)
            connection.Password = Decoded(password);
        if (database.Length > 0)
            connection.Database = Decoded(database);
        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(parameter, '=');
            Set(connection, Decoded(name), Decoded(value));
        }
        return connection;
    }

    private static void Set(NpgsqlConnectionStringBuilder connection, string name, string value)
    {
        switch (name, value)
        {
            case ("sslmode", _):
                connection.SslMode = Choice(name, value, ("disable", SslMode.Disable), ("allow", SslMode.Allow), ("prefer", SslMode.Prefer),
                    ("require", SslMode.Require), ("verify-ca", SslMode.VerifyCA), ("verify-full", SslMode.VerifyFull));
                break;
            case ("sslrootcert", "system"): // the machine's own store, which libpq uses with full verification only
                connection.SslMode = SslMode.VerifyFull;
                break;
            case ("sslrootcert", { Length: > 0 }):
                connection.RootCertificate = value;
                break;
            case ("channel_binding", _):
                connection.ChannelBinding = Choice(name, value,
                    ("disable", ChannelBinding.Disable), ("prefer", ChannelBinding.Prefer), ("require", ChannelBinding.Require));
                break;
            case ("options", { Length: > 0 }):
                connection.Options = value;
                break;
            case ("schema", { Length: > 0 }):
                connection.SearchPath = $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
                break;
            case ("pgbouncer", _):
                if (Choice(name, value, ("true", true), ("false", false)))
                    connection.MaxAutoPrepare = 0;
                break;
            case ("target_session_attrs", _): // the server that takes writes is found anyway
                _ = Choice(name, value, ("read-write", true), ("primary", true), ("any", true));
                break;
            case ("sslrootcert" or "options" or "schema", _):
                throw new FormatException($"an address whose parameter {name} has a value");
            default:
                throw new FormatException($"an address without the parameter '{(name.Length > 40 ? name[..40] : name)}': taken are {Taken}");
        }
    }

    private static T Choice<T>(string name, string value, params (string Text, T Value)[] choices) =>
        Array.Find(choices, choice => choice.Text == value) is { Text: not null } chosen ? chosen.Value
        : throw new FormatException($"an address whose parameter {name} is one of {string.Join(", ", choices.Select(choice => choice.Text))}");

    /// <summary>One of the hosts, decoded, with its port if it names one.</summary>
    private static string Host(string text)
    {
        var colon = text.LastIndexOf(':');
        var hasPort = colon >= 0 && !text.AsSpan(colon).Contains(']');
        var (host, port) = hasPort ? (text[..colon], text[(colon + 1)..]) : (text, "");
        if (host.Length == 0)
            throw new FormatException("an address with a host, like postgres://user:password@db:5432/consultation");
        if (hasPort && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 65535))
            throw new FormatException("an address whose port is a number from 1 to 65535 (write a / or : of the password as %2F, %3A)");
        return hasPort ? $"{Decoded(host)}:{port}" : Decoded(host);
    }

    private static (string Before, string After) Cut(string text, char at) =>
        text.IndexOf(at, StringComparison.Ordinal) is >= 0 and var index ? (text[..index], text[(index + 1)..]) : (text, "");

    private static string Decoded(string text) => Uri.UnescapeDataString(text);
}
