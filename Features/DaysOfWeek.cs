using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Consultation.Infrastructure.OpenApi;

namespace Consultation.Features;

/// <summary>A set of days of the week; the default is empty. In JSON a list of names and ranges, in a query the same with commas between.</summary>
[JsonConverter(typeof(DaysOfWeekConverter))]
[WrittenAs(DayOrRange, "MON-FRI", "Must be days of the week, each a name (MON, monday) or a range (MON-FRI, friday-monday).", IsList = true)]
internal readonly record struct DaysOfWeek : IParsable<DaysOfWeek>
{
    private static readonly string[] Names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    private const string Day = "[A-Za-z]{3,9}";
    private const string DayOrRange = $"^{Day}(-{Day})?$";

    private readonly byte _bits;

    private DaysOfWeek(int bits) => _bits = (byte)bits;

    public static DaysOfWeek operator |(DaysOfWeek one, DaysOfWeek other) => new(one._bits | other._bits);

    public static readonly DaysOfWeek All = new((1 << 7) - 1);

    public bool IsEmpty => _bits == 0;

    public static DaysOfWeek Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var days) ? days : throw new FormatException();

    /// <summary>Reads entries with commas between, of which there has to be one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out DaysOfWeek result)
    {
        result = default;
        foreach (var entry in (s ?? "").Split(','))
        {
            if (!TryParse(entry, out var days))
                return false;
            result |= days;
        }
        return true;
    }

    public bool Contains(DayOfWeek day) => (_bits >> (int)day & 1) != 0;

    /// <summary>
    /// Reads one entry: a day (<c>MON</c>, <c>monday</c>) or a range of days (<c>MON-FRI</c>), in any case. A range runs forward from its
    /// first day and may pass the end of the week: <c>FRI-MON</c> is four days, <c>MON-MON</c> is one.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> entry, out DaysOfWeek days)
    {
        days = default;
        var dash = entry.IndexOf('-');
        if (!TryDay(dash < 0 ? entry : entry[..dash], out var first) || !TryDay(entry[(dash + 1)..], out var last))
            return false;

        var length = (last - first + 7) % 7 + 1;
        for (var i = 0; i < length; i++)
            days |= new DaysOfWeek(1 << (first + i) % 7);

        return true;
    }

    private static bool TryDay(ReadOnlySpan<char> name, out int day)
    {
        name = name.Trim();
        for (day = 0; day < Names.Length; day++)
        {
            // ASCII only: no culture's rules of case, and no letter that merely folds to one of these.
            if (Ascii.EqualsIgnoreCase(name, Names[day]) || Ascii.EqualsIgnoreCase(name, Names[day].AsSpan(0, 3)))
                return true;
        }

        return false;
    }
}

/// <summary>A list of names and ranges; it may be empty.</summary>
internal sealed class DaysOfWeekConverter : JsonConverter<DaysOfWeek>
{
    public override DaysOfWeek Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException();
        var days = default(DaysOfWeek);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            days |= reader.TokenType == JsonTokenType.String && DaysOfWeek.TryParse(reader.GetString(), out var some) ? some : throw new JsonException();
        return days;
    }

    public override void Write(Utf8JsonWriter writer, DaysOfWeek value, JsonSerializerOptions options) =>
        throw new NotSupportedException("Days of the week are read and never answered.");
}
