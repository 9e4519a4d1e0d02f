using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Time;
using NodaTime;

namespace Consultation.Features;

/// <summary>The shop's zone, in which the day of a slot is counted, and how many slots one request may make.</summary>
internal sealed record ShopOptions(DateTimeZone TimeZone, int BulkMaxSlots)
{
    private const string ZoneKey = "CONSULTATION_TIME_ZONE";
    private const int DefaultBulkMaxSlots = 5000;

    public static ShopOptions Read(ConfigurationReader reader) =>
        new(ZoneOf(reader), reader.Count("CONSULTATION_BULK_MAX_SLOTS", DefaultBulkMaxSlots));

    private static DateTimeZone ZoneOf(ConfigurationReader reader) =>
        reader.Text(ZoneKey) is not { } text ? DateTimeZone.Utc
        : TimeZones.Find(text) ?? reader.Refuse(ZoneKey, text, "an IANA time zone, like Europe/Berlin or UTC", fallback: DateTimeZone.Utc);
}
