using System.Collections.Frozen;
using NodaTime;

namespace Consultation.Infrastructure.Time;

/// <summary>The zones of the tz database that travels with NodaTime, whatever the machine has.</summary>
internal static class TimeZones
{
    // "Factory" stands in that database for a machine that was never set up, and is nobody's zone
    private static readonly Lazy<FrozenDictionary<string, string>> Names = new(() =>
        DateTimeZoneProviders.Tzdb.Ids.Where(name => name != "Factory").ToFrozenDictionary(name => name, StringComparer.OrdinalIgnoreCase));

    /// <summary>Which tz database this is: another one may have other rules.</summary>
    public static string RulesVersion => DateTimeZoneProviders.Tzdb.VersionId;

    /// <summary>
    /// The zone of an IANA name, aliases like <c>Asia/Calcutta</c> included, or null. Case does not count; the zone's id is spelled as the database
    /// spells it.
    /// </summary>
    public static DateTimeZone? Find(string name) => Names.Value.TryGetValue(name, out var id) ? DateTimeZoneProviders.Tzdb[id] : null;

    public static DateOnly DayOf(DateTimeOffset instant, DateTimeZone zone) => Instant.FromDateTimeOffset(instant).InZone(zone).Date.ToDateOnly();
}
