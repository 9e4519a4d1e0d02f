using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Consultation.Infrastructure.Time;

namespace Consultation.Infrastructure.Json;

/// <summary>
/// ISO-8601 instants. Read in every spelling of the extended format, with any offset but never without one, and cut to whole
/// microseconds, as PostgreSQL keeps them; written in UTC with <c>Z</c> and no fraction that is zero. Years 1 and 9999 are refused: near the
/// ends of time a zone's offset has nowhere to go.
/// </summary>
internal static partial class Instants
{
    private const string Written = "yyyy-MM-ddTHH:mm:ss.FFFFFFFK";

    /// <summary>In characters.</summary>
    public const int LongestWritten = 33;

    public static bool TryParse(string text, out DateTimeOffset instant)
    {
        instant = default;
        var spelled = Spelling().Match(text);
        if (!spelled.Success
            || !DateOnly.TryParseExact(spelled.Groups["date"].ValueSpan, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            || date.Year is <= 1 or >= 9999)
            return false;
        var sign = spelled.Groups["sign"].ValueSpan is "+" or "" ? 1 : -1;
        var offset = new TimeSpan(sign * Number(spelled.Groups["offsetHours"]), sign * Number(spelled.Groups["offsetMinutes"]), 0);
        var time = new TimeSpan(Number(spelled.Groups["hours"]), Number(spelled.Groups["minutes"]), Number(spelled.Groups["seconds"]));
        var wallTime = date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) + time + Fraction(spelled.Groups["fraction"].Value);
        instant = Microseconds.Whole(new DateTimeOffset(wallTime - offset, TimeSpan.Zero));
        return true;
    }

    public static string Format(DateTimeOffset instant) => instant.UtcDateTime.ToString(Written, CultureInfo.InvariantCulture);

    public static bool TryFormat(DateTimeOffset instant, Span<char> text, out int length) =>
        instant.UtcDateTime.TryFormat(text, out length, Written, CultureInfo.InvariantCulture);

    private static int Number(Group digits) => digits.Length == 0 ? 0 : int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    private static TimeSpan Fraction(string digits) =>
        digits.Length == 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(long.Parse(digits.PadRight(6, '0').AsSpan(0, 6), NumberStyles.None, CultureInfo.InvariantCulture));

    /// <summary>ISO 8601 has the comma as a fraction's sign beside the full stop, and the true minus sign beside the hyphen.</summary>
    [GeneratedRegex("""
        \A(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]
        (?<hours>[01][0-9]|2[0-3]):(?<minutes>[0-5][0-9])(:(?<seconds>[0-5][0-9])([.,](?<fraction>[0-9]+))?)?
        ([Zz]|(?<sign>[+\-\u2212])(?<offsetHours>[01][0-9]|2[0-3])(:?(?<offsetMinutes>[0-5][0-9]))?)\z
        """, RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Spelling();
}

internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Instants.TryParse(reader.GetString()!, out var instant) ? instant : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[Instants.LongestWritten];
        Instants.TryFormat(value, text, out var length);
        writer.WriteStringValue(text[..length]);
    }
}
