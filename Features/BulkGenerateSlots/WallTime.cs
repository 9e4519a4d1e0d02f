using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Consultation.Infrastructure.OpenApi;

namespace Consultation.Features.BulkGenerateSlots;

/// <summary>A wall-clock time, <c>HH:mm</c>, as minutes of the day; <c>24:00</c> is the midnight that ends it.</summary>
[JsonConverter(typeof(WallTimeConverter)), WrittenAs("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "09:00", "a time like 09:00, with two digits each for the hour and the minute; 24:00 is the end of the day")]
internal readonly record struct WallTime(int Minutes)
{
    public const int MinutesOfDay = 24 * 60;

    /// <summary>Where something starts, a day does not end.</summary>
    public const string StartPattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
    public const string StartExpectation = "a time from 00:00 to 23:59, like 09:00, with two digits each for the hour and the minute";
}

internal sealed class WallTimeConverter : JsonConverter<WallTime>
{
    public override WallTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        if (text == "24:00")
            return new WallTime(WallTime.MinutesOfDay);
        return TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? new WallTime((time.Hour * 60) + time.Minute)
            : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, WallTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"{value.Minutes / 60:00}:{value.Minutes % 60:00}"));
}
