using System.Globalization;

namespace Consultation.Features;

/// <summary>The one place where keys of the customers' slot lists are built.</summary>
internal static class CacheKeys
{
    /// <summary>The setting for how long a list may be kept at most, in seconds.</summary>
    public const string TimeToLiveSetting = "CONSULTATION_SLOTS_CACHE_TTL_SECONDS";

    private const string Prefix = "consultation:customer:slots:list:";

    /// <summary>The version of all lists. It is called as before lists were shared, so that replicas of both releases invalidate each other's lists.</summary>
    public const string ListVersion = Prefix + "generation";

    /// <summary>
    /// The list of a range of days. Equal queries, however they are spelt, have one key; the days are those of the shop's <paramref name="zone"/>, so a
    /// list from before the zone was changed is not found after it.
    /// </summary>
    public static string Build(string zone, DateOnly from, DateOnly to) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{zone}:{from:O}:{to:O}");
}
