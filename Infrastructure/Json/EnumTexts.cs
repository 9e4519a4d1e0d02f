using System.Text.Json;
using System.Text.Json.Serialization;

namespace Consultation.Infrastructure.Json;

/// <summary>How enums are spelled wherever they are text, in JSON, queries and statements: their names in lower case, and in no other way.</summary>
internal static class EnumTexts
{
    public static string Of<T>(T value) where T : struct, Enum => EnumTexts<T>.Names[value];

    public static IReadOnlyList<string> All(Type type) => [.. Enum.GetNames(type).Select(name => name.ToLowerInvariant())];

    public static object? Parse(Type type, string text) => All(type).Contains(text) ? Enum.Parse(type, text, ignoreCase: true) : null;
}

internal static class EnumTexts<T> where T : struct, Enum
{
    public static readonly IReadOnlyDictionary<T, string> Names = Enum.GetValues<T>().ToDictionary(value => value, value => value.ToString().ToLowerInvariant());
    public static readonly IReadOnlyDictionary<string, T> Values = Names.ToDictionary(pair => pair.Value, pair => pair.Key);
}

/// <summary>The framework's own converter would take any case.</summary>
internal sealed class EnumConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(EnumConverter<>).MakeGenericType(typeToConvert))!;
}

internal sealed class EnumConverter<T> : JsonConverter<T> where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && EnumTexts<T>.Values.TryGetValue(reader.GetString()!, out var value) ? value : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(EnumTexts<T>.Names[value]);
}
