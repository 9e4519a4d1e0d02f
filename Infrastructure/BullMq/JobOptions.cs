using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Consultation.Infrastructure.BullMq;

/// <summary>BullMQ's names; ages are seconds, delays and times to live milliseconds.</summary>
internal sealed record JobOptions(int Attempts, JobBackoff Backoff, JobKeep RemoveOnComplete, JobKeep RemoveOnFail, JobDeduplication De)
{
    public static JobOptions For(string dedupKey) => new(
        Attempts: 5,
        new JobBackoff("exponential", Delay: 1_000),
        RemoveOnComplete: new JobKeep(Age: 86_400),
        RemoveOnFail: new JobKeep(Age: 604_800),
        new JobDeduplication(dedupKey, (long)BullMqQueue.GuardLifetime.TotalMilliseconds));
}

internal sealed record JobBackoff(string Type, int Delay);

internal sealed record JobKeep(int Age);

internal sealed record JobDeduplication(string Id, long Ttl);

[JsonSerializable(typeof(JobOptions))]
internal sealed partial class JobOptionsJson : JsonSerializerContext
{
    public static JobOptionsJson Readable { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
