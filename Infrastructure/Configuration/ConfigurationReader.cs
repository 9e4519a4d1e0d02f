using System.Globalization;

namespace Consultation.Infrastructure.Configuration;

/// <summary>Reads one value after the other and remembers what was wrong with each; an empty value counts as none.</summary>
internal sealed class ConfigurationReader(IConfiguration configuration, bool development)
{
    private readonly List<string> _problems = [];

    /// <summary>A line for each bad value: the variable, the value (never a secret's), and what is allowed.</summary>
    public IReadOnlyList<string> Problems => _problems;

    public bool IsDevelopment => development;

    public string Name(string key, string fallback, string without = "")
    {
        var text = Text(key) ?? fallback;
        return text.Length <= 100 && text.All(c => c is > ' ' and <= '~' && !without.Contains(c))
            ? text
            : Refuse(key, text, $"up to 100 visible ASCII characters{(without.Length > 0 ? $" without {without}" : "")}") ?? fallback;
    }

    public TimeSpan Seconds(string key, int fallback) => TimeSpan.FromSeconds(Number(key, fallback, 86_400));

    public int Count(string key, int fallback) => Number(key, fallback, 1_000_000);

    public bool Flag(string key, bool fallback) =>
        Text(key) is not { } text ? fallback
        : bool.TryParse(text, out var flag) ? flag
        : Refuse<bool>(key, text, "true or false", fallback);

    /// <summary>The examples' passwords and secrets are known to everybody, and so no secrets outside development.</summary>
    public bool IsKnownToAll(string? secret) => !development && secret?.StartsWith("development-", StringComparison.Ordinal) == true;

    public string Required(string key, string allowed) => Text(key) ?? Missing(key, allowed) ?? "";

    private int Number(string key, int fallback, int maximum) =>
        Text(key) is not { } text ? fallback
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= maximum ? number
        : Refuse(key, text, string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {maximum}"), fallback);

    public string[] List(string key) =>
        Text(key)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Trimmed; null when there is none or it is blank.</summary>
    public string? Text(string key) => configuration[key]?.Trim() is { Length: > 0 } text ? text : null;

    public string? Missing(string key, string allowed) => Refuse(key, "is missing", allowed, quoted: false);

    /// <summary>Notes a bad value; a <paramref name="value"/> of null is a secret and not shown.</summary>
    public string? Refuse(string key, string? value, string allowed, bool quoted = true)
    {
        // a line is a line, also for a value that has several
        var said = value is null ? "is not usable (not shown)" : quoted ? $"is '{string.Concat(value.Select(c => char.IsControl(c) ? ' ' : c))}'" : value;
        _problems.Add($"{key.Replace(":", "__", StringComparison.Ordinal)} {said}; allowed: {allowed}.");
        return null;
    }

    public T Refuse<T>(string key, string value, string allowed, T fallback)
    {
        Refuse(key, value, allowed);
        return fallback;
    }
}
