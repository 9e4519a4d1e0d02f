using System.Globalization;

namespace Consultation.Features;

/// <summary>The one place where keys of the customers' slot lists are built.</summary>
internal static class CacheKeys
{
    /// <summary>The setting for how long a list may be kept at most, in seconds.</summary>
    public const string TimeToLiveSetting = "CONSULTATION_SLOTS_CACHE_TTL_SECONDS";

    private const string Prefix = "consultation:customer:slots:list:";

    /// <summary>The version of all lists.</summary>
    public const string ListVersion = Prefix + "version";

    /// <summary>The list of a range of days. Equal queries, however they are spelt, have one key.</summary>
    public static string Build(DateOnly from, DateOnly to) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{from:O}:{to:O}");
}
