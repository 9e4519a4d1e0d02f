using System.Text.RegularExpressions;

namespace Consultation.Infrastructure.Time;

internal static partial class TimeZones
{
    /// <summary>
    /// The zone of an IANA name, or null. Windows names, which .NET would take too, anything that is no name, and what lies beside
    /// the zones in the system's folder of them (the host's own, copies that count leap seconds) are refused.
    /// </summary>
    public static TimeZoneInfo? Find(string name) =>
        ZoneName().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone : null;

    [GeneratedRegex(@"\A(?!posix/|right/|(localtime|posixrules)\z)[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+){0,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ZoneName();
}
