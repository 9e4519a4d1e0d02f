using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Redis;

namespace Consultation.Infrastructure.BullMq;

/// <summary>Where the queue is: its Redis, which is that of the cache unless set, its name and the prefix of its keys.</summary>
internal sealed record QueueOptions(string ConnectionString, string Name, string Prefix)
{
    public static QueueOptions Read(ConfigurationReader reader) => new(
        RedisOptions.ConnectionStringOf(reader, "ConnectionStrings:NotificationsRedis", required: false) ?? reader.Text(RedisOptions.Key) ?? "",
        reader.Name("CONSULTATION_NOTIFICATIONS_QUEUE", "notifications", without: ":"), // BullMQ has no queue of such a name
        reader.Name("CONSULTATION_NOTIFICATIONS_PREFIX", "bull"));
}
