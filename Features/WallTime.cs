using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.OpenApi;

namespace Consultation.Features;

/// <summary>A wall-clock time, <c>HH:mm</c>, as minutes of the day; <c>24:00</c> is the midnight that ends it.</summary>
[JsonConverter(typeof(TextConverter<WallTime>))]
[WrittenAs("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "09:00", "Must be a time like 09:00 or 17:30, with two digits each for the hour and the minute; 24:00 is the end of the day.")]
internal readonly record struct WallTime(int Minutes) : IParsable<WallTime>
{
    public const int MinutesOfDay = 24 * 60;

    /// <summary>Where something starts, a day does not end.</summary>
    public const string StartPattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
    public const string StartExpectation = "Must be a time from 00:00 to 23:59, like 09:00.";

    public const string EndExpectation =
        "Must be after startTime. For a window over midnight make two: one that ends at 24:00, and one from 00:00 on the days that follow.";

    public static WallTime Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var time) ? time : throw new FormatException();

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out WallTime result)
    {
        var ends = s == "24:00";
        var read = TimeOnly.TryParseExact(s, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time);
        result = new WallTime(ends ? MinutesOfDay : (time.Hour * 60) + time.Minute);
        return ends || read;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Minutes / 60:00}:{Minutes % 60:00}");
}
