using Consultation.Infrastructure.Configuration;

namespace Consultation.Infrastructure.Caching;

/// <summary>How long an answer may be kept at most, and the key in Redis of the version that all kept answers share.</summary>
internal sealed record CacheOptions(TimeSpan TimeToLive, string VersionKey)
{
    private const int DefaultSeconds = 300;

    /// <param name="reader">The configuration.</param>
    /// <param name="setting">The name of the setting for the time, in seconds.</param>
    /// <param name="versionKey">See <see cref="VersionKey"/>.</param>
    public static CacheOptions Read(ConfigurationReader reader, string setting, string versionKey) => new(reader.Seconds(setting, DefaultSeconds), versionKey);
}
