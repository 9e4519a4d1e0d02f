using System.Globalization;
using System.Text.Json;

namespace Consultation.Infrastructure.Requests;

/// <summary>What a member's type looks like as text: how a query value is read, and what a person is told when a value does not fit.</summary>
internal static class MemberText
{
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
            throw new NotSupportedException($"A query value of type {type.Name} has no text form.");
        return value is not null;
    }

    public static string Expectation(Type type) =>
        type == typeof(string) ? "Must be a text."
        : type == typeof(int) || type == typeof(long) ? "Must be a whole number in range."
        : type == typeof(bool) ? "Must be true or false."
        : type == typeof(DateOnly) ? "Must be a date, YYYY-MM-DD."
        : type == typeof(DateTimeOffset) ? "Must be an ISO-8601 instant with an offset, like 2026-12-01T09:00:00Z."
        : type.IsEnum ? $"Must be one of: {string.Join(", ", EnumNames(type))}."
        : "Is not of the right shape.";

    public static IEnumerable<string> EnumNames(Type type) => Enum.GetNames(type).Select(name => JsonNamingPolicy.CamelCase.ConvertName(name));
}
