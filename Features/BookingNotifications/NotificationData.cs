using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Consultation.Features.BookingNotifications;

/// <summary>What a job says, in the names and the order that the notifications runtime takes.</summary>
internal sealed record NotificationData(
    [property: JsonPropertyOrder(0)] string DedupKey,
    [property: JsonPropertyOrder(1)] long BookingId,
    [property: JsonPropertyOrder(3)] string Template,
    [property: JsonPropertyOrder(4)] string Name,
    [property: JsonPropertyOrder(5)] NotificationSlot Slot)
{
    [JsonPropertyOrder(2)]
    public string? To { get; init; }

    [JsonPropertyOrder(2)]
    public string? CustomerId { get; init; }

    [JsonPropertyOrder(6)]
    public string? AccessKey { get; init; }

    /// <summary>iCalendar, to be attached.</summary>
    [JsonPropertyOrder(7)]
    public string? Calendar { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, NotificationJson.Readable.NotificationData);
}

/// <summary>The times are UTC.</summary>
internal sealed record NotificationSlot(long Id, DateOnly Date, DateTime StartTime, DateTime EndTime, string TimeZone, string Summary);

[JsonSerializable(typeof(NotificationData))]
internal sealed partial class NotificationJson : JsonSerializerContext
{
    /// <summary>Names stay readable for whoever looks into the queue; nothing here is ever put into HTML.</summary>
    public static NotificationJson Readable { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });
}
