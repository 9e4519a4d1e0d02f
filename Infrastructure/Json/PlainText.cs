using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Consultation.Infrastructure.Json;

/// <summary>
/// What is kept of a text that a client sends, before anything else is looked at: without the controls that turn the direction of writing
/// (they come along with what is pasted, and can make a text look like another one), in Unicode's composed form (NFC), so that what looks
/// the same is the same, and without white space around it. A text of which nothing can be seen is none.
/// </summary>
internal static class PlainText
{
    /// <returns>Null for a text without one visible character.</returns>
    public static string? Of(string? text)
    {
        if (text is null)
            return null;
        if (Ascii.IsValid(text))
            return text.Trim() is { Length: > 0 } trimmed ? trimmed : null;
        var kept = Without(text, IsDirection).Normalize(NormalizationForm.FormC).Trim();
        return kept.EnumerateRunes().All(IsInvisible) ? null : kept;
    }

    /// <summary>For texts of which only the visible characters count, like an address: without format characters (Unicode's Cf).</summary>
    public static string WithoutFormatCharacters(string text) =>
        Ascii.IsValid(text) ? text : Without(text, rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format);

    /// <summary>Half a surrogate pair becomes the replacement character: neither UTF-8 nor PostgreSQL can hold it.</summary>
    private static string Without(string text, Func<Rune, bool> dropped)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (!dropped(rune))
                kept.Append(rune.ToString());
        return kept.ToString();
    }

    /// <summary>Unicode's Bidi_Control.</summary>
    private static bool IsDirection(Rune rune) => rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);

    /// <summary>White space, format characters, and what has no shape though it counts as a letter, a mark or a symbol.</summary>
    private static bool IsInvisible(Rune rune) => Rune.IsWhiteSpace(rune)
        || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format
        || rune.Value is 0x034F // combining grapheme joiner
            or 0x115F or 0x1160 or 0x3164 or 0xFFA0 // fillers of Hangul
            or 0x17B4 or 0x17B5 // inherent vowels of Khmer
            or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF) // variation selectors
            or 0x2800; // the Braille pattern without a dot
}

internal sealed class PlainTextConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? PlainText.Of(reader.GetString()) : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
