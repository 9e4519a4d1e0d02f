using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.OpenApi;

namespace Consultation.Infrastructure.Requests;

/// <summary>Reads the value of a member from JSON or a query, and tells a person what is wrong with one that cannot be read.</summary>
internal static class MemberValue
{
    private const string WholeNumber = "Must be a whole number of at most {0} bits, like 30, and without quotes.";

    /// <returns>False when the value does not fit; true with a null value when it is left out: null, or a blank text.</returns>
    public static bool TryRead(Type type, JsonElement element, out object? value)
    {
        value = null;
        try
        {
            if (element.ValueKind == JsonValueKind.Null || (element.ValueKind == JsonValueKind.String && PlainText.Of(element.GetString()) is null))
                return true;
            value = element.Deserialize(type, JsonFormat.FromClients);
            return true;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return false; // InvalidOperationException is how System.Text.Json reports half a surrogate pair
        }
    }

    /// <summary>A query value: numbers in digits alone, several values with commas between, everything else as JSON has it, without the quotes.</summary>
    public static bool TryParse(Type type, string text, out object? value)
    {
        value = null;
        if (type == typeof(int) || type == typeof(long)) // digits are looked for, since .NET passes over NULs behind a number
            return text.All(char.IsAsciiDigit) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && TryRead(type, JsonSerializer.SerializeToElement(number), out value);
        if (type == typeof(bool))
            return (value = text switch { "true" => true, "false" => false, _ => null }) is not null;
        if (type == typeof(DateOnly))
            return TryDate(text, out value);
        return ElementOf(type) is not null || type.GetCustomAttribute<WrittenAsAttribute>()?.IsList == true
            ? TryRead(type, JsonSerializer.SerializeToElement(text.Split(',', StringSplitOptions.TrimEntries)), out value)
            : TryRead(type, JsonSerializer.SerializeToElement(text), out value);
    }

    /// <summary><c>YYYY-MM-DD</c>, digit by digit: by way of JSON it would cost a cached list more than all else that is read of its request.</summary>
    private static bool TryDate(ReadOnlySpan<char> text, out object? value)
    {
        value = null;
        if (text is not [_, _, _, _, '-', _, _, '-', _, _] || text.Contains('\0') // which the parser of numbers passes over at the end
            || !int.TryParse(text[..4], NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            || !int.TryParse(text[5..7], NumberStyles.None, CultureInfo.InvariantCulture, out var month)
            || !int.TryParse(text[8..], NumberStyles.None, CultureInfo.InvariantCulture, out var day)
            || year is 0 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        value = new DateOnly(year, month, day);
        return true;
    }

    /// <summary>What is wrong with this value of those that <see cref="TryRead"/> cannot read.</summary>
    public static string Explain(Type type, JsonElement element)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (ElementOf(type) is { } item && element.ValueKind == JsonValueKind.Array)
        {
            var index = element.EnumerateArray().TakeWhile(each => TryReadItem(item, each)).Count();
            return index < element.GetArrayLength() ? $"Item {index + 1}: {Explain(item, element[index])}" : Expectation(type);
        }
        if (element.ValueKind == JsonValueKind.Object && JsonFormat.FromClients.GetTypeInfo(type) is { Kind: JsonTypeInfoKind.Object } members)
            foreach (var member in members.Properties)
                if (element.TryGetProperty(member.Name, out var value) ? !TryReadItem(member.PropertyType, value) : member.IsRequired)
                    return $"{member.Name}: {(value.ValueKind == JsonValueKind.Undefined ? "Is missing." : Explain(member.PropertyType, value))}";
        return Expectation(type);
    }

    public static string Expectation(Type type) =>
        type == typeof(string) ? "Must be a text."
        : type == typeof(int) ? string.Format(CultureInfo.InvariantCulture, WholeNumber, 32)
        : type == typeof(long) ? string.Format(CultureInfo.InvariantCulture, WholeNumber, 64)
        : type == typeof(bool) ? "Must be true or false, without quotes."
        : type == typeof(DateOnly) ? "Must be a date of the calendar, like 2026-12-31."
        : type == typeof(DateTimeOffset) ? "Must be an instant with its offset from UTC, like 2026-12-01T09:00:00Z or 2026-12-01T14:45:00+05:45."
        : type.IsEnum ? $"Must be one of these, in lower case: {string.Join(", ", EnumTexts.All(type))}."
        : type.GetCustomAttribute<WrittenAsAttribute>()?.Expectation is { } expectation ? expectation
        : ElementOf(type) is { } item ? $"Must be a list. Each item: {Expectation(Nullable.GetUnderlyingType(item) ?? item)}"
        : $"Must be an object with {string.Join(" and ", JsonFormat.FromClients.GetTypeInfo(type).Properties.Select(member => member.Name))}.";

    private static Type? ElementOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    /// <summary>In a list and in an object null has no special meaning: it fits where the type allows it.</summary>
    private static bool TryReadItem(Type type, JsonElement element) =>
        TryRead(type, element, out var value) && (value is not null || !type.IsValueType || Nullable.GetUnderlyingType(type) is not null);
}
