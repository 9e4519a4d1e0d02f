using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Consultation.Infrastructure.BullMq;

namespace Consultation.Infrastructure.Outbox;

/// <summary>A job as the notifications runtime takes it; <paramref name="Data"/> is JSON.</summary>
internal sealed record NotificationJob(string Name, string DedupKey, string Data)
{
    public const string SendEmail = "notification.send_email";
    public const string SendPush = "notification.send_push";

    /// <summary>Throws for a job that this version does not know: the row waits for one that does.</summary>
    public static NotificationJob Of(OutboxRow row, TimeZoneInfo zone)
    {
        var slot = new JobSlot(row.SlotId, row.Date, row.StartTime, row.EndTime, zone.Id, SlotSummary.Of(row.StartTime, row.EndTime, zone));
        var data = row switch
        {
            { Job: SendEmail } => new JobData(row.DedupKey, row.BookingId, row.Name, slot) { To = row.Email },
            { Job: SendPush, CustomerId: { } customer } => new JobData(row.DedupKey, row.BookingId, row.Name, slot) { CustomerId = customer },
            _ => throw new NotSupportedException($"No job {row.Job} can be made of booking {row.BookingId}."),
        };
        return new NotificationJob(row.Job, row.DedupKey, JsonSerializer.Serialize(data, JobJson.Readable.JobData));
    }
}

internal sealed record JobData(
    [property: JsonPropertyOrder(0)] string DedupKey,
    [property: JsonPropertyOrder(1)] long BookingId,
    [property: JsonPropertyOrder(4)] string Name,
    [property: JsonPropertyOrder(5)] JobSlot Slot)
{
    [JsonPropertyOrder(2)]
    public string? To { get; init; }

    [JsonPropertyOrder(2)]
    public string? CustomerId { get; init; }

    [JsonPropertyOrder(3)]
    public string Template => "consultation.booking_created";
}

/// <summary>The times are UTC.</summary>
internal sealed record JobSlot(long Id, DateOnly Date, DateTime StartTime, DateTime EndTime, string TimeZone, string Summary);

[JsonSerializable(typeof(JobData))]
[JsonSerializable(typeof(JobOptions))]
internal sealed partial class JobJson : JsonSerializerContext
{
    /// <summary>Names stay readable for whoever looks into the queue; nothing here is ever put into HTML.</summary>
    public static JobJson Readable { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });
}
