using System.Text.RegularExpressions;

namespace Consultation.Infrastructure;

/// <summary>The clock, and the shop's zone in which a slot's day is counted.</summary>
internal sealed partial class ShopTime(Settings settings, TimeProvider clock)
{
    public TimeZoneInfo Zone => settings.TimeZone;

    /// <summary>Now, in whole microseconds as PostgreSQL keeps them, so that what is compared here and there is the same instant.</summary>
    public DateTimeOffset Now => Whole(clock.GetUtcNow());

    public DateOnly Today => DayOf(Now);

    public DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, Zone).DateTime);

    public static DateTimeOffset Whole(DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>
    /// The zone of an IANA name, or null. Windows names, which .NET would take too, anything that is no name, and what lies beside
    /// the zones in the system's folder of them (the host's own, copies that count leap seconds) are refused.
    /// </summary>
    public static TimeZoneInfo? FindZone(string name) =>
        ZoneName().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone : null;

    [GeneratedRegex(@"\A(?!posix/|right/|(localtime|posixrules)\z)[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+){0,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ZoneName();
}
