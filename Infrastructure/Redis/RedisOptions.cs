using Consultation.Infrastructure.Configuration;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>Where the Redis of cache and rate limits is.</summary>
internal sealed record RedisOptions(string ConnectionString)
{
    public const string Key = "ConnectionStrings:Redis";

    public static RedisOptions Read(ConfigurationReader reader) => new(ConnectionStringOf(reader, Key, required: true) ?? "");

    public static string? ConnectionStringOf(ConfigurationReader reader, string key, bool required)
    {
        var text = reader.Text(key);
        if (text is null)
            return required ? reader.Missing(key, "a Redis connection string") : null;
        try
        {
            return ConfigurationOptions.Parse(text).EndPoints.Count == 0 || text.Contains("://", StringComparison.Ordinal)
                ? reader.Refuse(key, null, "a Redis connection string with a host, like redis:6379,password=…")
                : text;
        }
        catch (ArgumentException)
        {
            return reader.Refuse(key, null, "a Redis connection string, like redis:6379,password=…");
        }
    }
}
