using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Time;

namespace Consultation.Features;

/// <summary>The shop's zone, in which the day of a slot is counted, and how many slots one request may make.</summary>
internal sealed record ShopOptions(TimeZoneInfo TimeZone, int BulkMaxSlots)
{
    private const string ZoneKey = "CONSULTATION_TIME_ZONE";
    private const int DefaultBulkMaxSlots = 5000;

    public static ShopOptions Read(ConfigurationReader reader) =>
        new(ZoneOf(reader), reader.Count("CONSULTATION_BULK_MAX_SLOTS", DefaultBulkMaxSlots));

    private static TimeZoneInfo ZoneOf(ConfigurationReader reader) =>
        reader.Text(ZoneKey) is not { } text ? TimeZoneInfo.Utc
        : TimeZones.Find(text) ?? reader.Refuse(ZoneKey, text, "an IANA time zone, like Europe/Berlin or UTC", fallback: TimeZoneInfo.Utc);
}
