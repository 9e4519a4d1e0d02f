using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Consultation.Infrastructure.OpenApi;

namespace Consultation.Infrastructure.Requests;

/// <summary>What a member's type looks like as text: how a query value is read, and what a person is told when a value does not fit.</summary>
internal static class MemberText
{
    private static readonly ConcurrentDictionary<Type, Func<string, object?>> Parsers = new();

    public static bool TryParse(Type type, string text, out object? value)
    {
        value = null;
        if (type == typeof(string))
            value = text;
        else if (type == typeof(int)) // digits are looked for, since .NET passes over NULs behind a number
            value = text.All(char.IsAsciiDigit) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        else if (type == typeof(bool))
            value = text switch { "true" => true, "false" => false, _ => null };
        else if (type == typeof(DateOnly))
            value = DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;
        else if (type.IsEnum)
            value = EnumNames(type).Contains(text) ? Enum.Parse(type, text, ignoreCase: true) : null;
        else
            value = Parsers.GetOrAdd(type, ParserOf)(text);
        return value is not null;
    }

    public static string Expectation(Type type) =>
        type == typeof(string) ? "Must be a text."
        : type == typeof(int) || type == typeof(long) ? "Must be a whole number in range."
        : type == typeof(bool) ? "Must be true or false."
        : type == typeof(DateOnly) ? "Must be a date, YYYY-MM-DD."
        : type == typeof(DateTimeOffset) ? "Must be an ISO-8601 instant with an offset, like 2026-12-01T09:00:00Z."
        : type.IsEnum ? $"Must be one of: {string.Join(", ", EnumNames(type))}."
        : type.GetCustomAttribute<WrittenAsAttribute>()?.Expectation ?? "Is not of the right shape.";

    public static IEnumerable<string> EnumNames(Type type) => Enum.GetNames(type).Select(name => JsonNamingPolicy.CamelCase.ConvertName(name));

    private static Func<string, object?> ParserOf(Type type) =>
        typeof(MemberText).GetMethod(nameof(Parse), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).CreateDelegate<Func<string, object?>>();

    private static object? Parse<T>(string text) where T : IParsable<T> =>
        T.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null;
}

/// <summary>JSON's way to a type that is written as text.</summary>
internal sealed class TextConverter<T> : JsonConverter<T> where T : IParsable<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && T.TryParse(reader.GetString(), CultureInfo.InvariantCulture, out var value) ? value : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
