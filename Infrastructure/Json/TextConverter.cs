using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Consultation.Infrastructure.Json;

/// <summary>JSON's way to a type that is written as text: it is parsed once, where it is read.</summary>
internal sealed class TextConverter<T> : JsonConverter<T> where T : IParsable<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && T.TryParse(reader.GetString(), CultureInfo.InvariantCulture, out var value) ? value : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
