using Consultation.Infrastructure.Configuration;

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
            _ = RedisAddress.Parse(text);
            return text;
        }
        catch (FormatException unreadable)
        {
            return reader.Refuse(key, null, unreadable.Message);
        }
    }
}
