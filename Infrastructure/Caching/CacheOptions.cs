using Consultation.Infrastructure.Configuration;

namespace Consultation.Infrastructure.Caching;

/// <summary>How long a list may be kept at most.</summary>
internal sealed record CacheOptions(TimeSpan TimeToLive)
{
    private const int DefaultSeconds = 300;

    public static CacheOptions Read(ConfigurationReader reader) => new(reader.Seconds("CONSULTATION_SLOTS_CACHE_TTL_SECONDS", DefaultSeconds));
}
