using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Consultation.Infrastructure.Time;
using Npgsql;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Configuration;

/// <summary>Reads one value after the other and remembers what was wrong with each; an empty value counts as none.</summary>
internal sealed partial class ConfigurationReader(IConfiguration configuration)
{
    private const int SecretBytes = 32;
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public string? Postgres(string key, bool development)
    {
        var text = Text(key);
        if (text is null)
            return Missing(key, "a PostgreSQL connection string");
        try
        {
            var connection = new NpgsqlConnectionStringBuilder(text);
            return string.IsNullOrEmpty(connection.Host) ? Refuse(key, null, "a PostgreSQL connection string with a Host")
                : !development && IsExample(connection.Password) ? Refuse(key, null, "a password of your own outside development, not the example's")
                : text;
        }
        catch (ArgumentException)
        {
            return Refuse(key, null, "a PostgreSQL connection string, like Host=db;Database=consultation;Username=…;Password=…");
        }
    }

    public string? Redis(string key, bool required)
    {
        var text = Text(key);
        if (text is null)
            return required ? Missing(key, "a Redis connection string") : null;
        try
        {
            return ConfigurationOptions.Parse(text).EndPoints.Count == 0 || text.Contains("://", StringComparison.Ordinal)
                ? Refuse(key, null, "a Redis connection string with a host, like redis:6379,password=…")
                : text;
        }
        catch (ArgumentException)
        {
            return Refuse(key, null, "a Redis connection string, like redis:6379,password=…");
        }
    }

    public string Name(string key, string fallback, string without = "")
    {
        var text = Text(key) ?? fallback;
        return text.Length <= 100 && text.All(c => c is > ' ' and <= '~' && !without.Contains(c))
            ? text
            : Refuse(key, text, $"up to 100 visible ASCII characters{(without.Length > 0 ? $" without {without}" : "")}") ?? fallback;
    }

    public TimeZoneInfo Zone(string key) =>
        Text(key) is not { } text ? TimeZoneInfo.Utc
        : TimeZones.Find(text) is { } zone ? zone
        : Refuse(key, text, "an IANA time zone, like Europe/Berlin or UTC", fallback: TimeZoneInfo.Utc);

    public TimeSpan Seconds(string key, int fallback) => TimeSpan.FromSeconds(Number(key, fallback, 86_400));

    public int Count(string key, int fallback) => Number(key, fallback, 1_000_000);

    public RateLimit RateLimit(string policy, int fallback) => new(
        Count($"CONSULTATION_{policy}_RATE_LIMIT", fallback),
        Seconds($"CONSULTATION_{policy}_RATE_WINDOW_SECONDS", 60));

    public bool Flag(string key, bool fallback) =>
        Text(key) is not { } text ? fallback
        : bool.TryParse(text, out var flag) ? flag
        : Refuse<bool>(key, text, "true or false", fallback);

    public IReadOnlyList<IPNetwork> Networks(string key)
    {
        var networks = new List<IPNetwork>();
        foreach (var entry in List(key))
        {
            // .NET takes "1" and "010.0.0.1" for addresses as well, but not for those that were meant
            var isWhole = entry.Contains(':', StringComparison.Ordinal) || WholeIPv4().IsMatch(entry);
            if (isWhole && IPAddress.TryParse(entry, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (isWhole && IPNetwork.TryParse(entry, out var network))
                networks.Add(network);
            else
                Refuse(key, entry, "addresses or CIDRs with commas between, like 10.0.0.0/8,::1");
        }
        return networks;
    }

    public IReadOnlyList<string> Origins(string key)
    {
        var origins = new List<string>();
        foreach (var entry in List(key))
        {
            if (Uri.TryCreate(entry, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == entry.TrimEnd('/'))
                origins.Add(entry.TrimEnd('/'));
            else
                Refuse(key, entry, "origins with commas between, like https://shop.example");
        }
        return origins;
    }

    public JwtSettings Jwt(bool development)
    {
        const string SecretKey = "CONSULTATION_JWT_SECRET", PreviousKey = "CONSULTATION_JWT_SECRET_PREVIOUS", AuthorityKey = "CONSULTATION_JWT_AUTHORITY";
        var (secret, authority) = (Text(SecretKey), Text(AuthorityKey));
        var isUri = Uri.TryCreate(authority, UriKind.Absolute, out var authorityUri);
        var shown = authorityUri is { UserInfo.Length: > 0 } ? null : authority;

        if (secret is null && authority is null)
            Missing(SecretKey, $"a secret of at least {SecretBytes} bytes, or {AuthorityKey}");
        if (secret is not null && authority is not null)
            Refuse(AuthorityKey, shown, $"either an authority or {SecretKey}, not both");
        CheckSecret(SecretKey, secret, development);
        CheckSecret(PreviousKey, Text(PreviousKey), development);
        if (authority is not null && !(isUri && (authorityUri!.Scheme == Uri.UriSchemeHttps || (development && authorityUri.Scheme == Uri.UriSchemeHttp))))
            Refuse(AuthorityKey, shown, "an absolute https address (http only in development)");

        return new JwtSettings
        {
            Secret = secret,
            PreviousSecret = Text(PreviousKey),
            Authority = authorityUri,
            Issuer = Required("CONSULTATION_JWT_ISSUER", "the issuer of the tokens"),
            Audience = Required("CONSULTATION_JWT_AUDIENCE", "the audience of the tokens"),
        };
    }

    [GeneratedRegex(@"\A(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}(/[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex WholeIPv4();

    private void CheckSecret(string key, string? secret, bool development)
    {
        if (secret is not null && Encoding.UTF8.GetByteCount(secret) < SecretBytes)
            Refuse(key, null, $"at least {SecretBytes} bytes");
        else if (!development && IsExample(secret))
            Refuse(key, null, "a secret of your own outside development, not the example's");
    }

    private static bool IsExample(string? secret) => secret?.StartsWith("development-", StringComparison.Ordinal) == true;

    private string Required(string key, string allowed) => Text(key) ?? Missing(key, allowed) ?? "";

    private int Number(string key, int fallback, int maximum) =>
        Text(key) is not { } text ? fallback
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= maximum ? number
        : Refuse(key, text, string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {maximum}"), fallback);

    private string[] List(string key) =>
        Text(key)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private string? Text(string key) => configuration[key]?.Trim() is { Length: > 0 } text ? text : null;

    private string? Missing(string key, string allowed) => Refuse(key, "is missing", allowed, quoted: false);

    private string? Refuse(string key, string? value, string allowed, bool quoted = true)
    {
        // a line is a line, also for a value that has several
        var said = value is null ? "is not usable (not shown)" : quoted ? $"is '{string.Concat(value.Select(c => char.IsControl(c) ? ' ' : c))}'" : value;
        _problems.Add($"{key.Replace(":", "__", StringComparison.Ordinal)} {said}; allowed: {allowed}.");
        return null;
    }

    private T Refuse<T>(string key, string value, string allowed, T fallback)
    {
        Refuse(key, value, allowed);
        return fallback;
    }
}
