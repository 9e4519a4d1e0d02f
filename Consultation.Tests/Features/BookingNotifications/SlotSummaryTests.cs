using System.Globalization;
using Consultation.Features.BookingNotifications;
using NodaTime;
using Xunit;

namespace Consultation.Tests.Features.BookingNotifications;

public sealed class SlotSummaryTests
{
    [Theory]
    [InlineData("2026-12-01T03:15Z", "2026-12-01T03:45Z", "Asia/Kathmandu", "Tuesday, 1 December 2026, 09:00–09:30 (Asia/Kathmandu)")]
    [InlineData("2026-12-01T17:45Z", "2026-12-01T18:30Z", "Asia/Kathmandu", "Tuesday, 1 December 2026, 23:30 – Wednesday, 2 December 2026, 00:15 (Asia/Kathmandu)")]
    [InlineData("2026-12-31T23:30Z", "2027-01-01T00:00Z", "UTC", "Thursday, 31 December 2026, 23:30 – Friday, 1 January 2027, 00:00 (UTC)")]
    [InlineData("2026-03-29T00:30Z", "2026-03-29T01:00Z", "Europe/London", "Sunday, 29 March 2026, 00:30–02:00 (Europe/London)")]
    [InlineData("2026-03-29T01:00Z", "2026-03-29T01:30Z", "Europe/London", "Sunday, 29 March 2026, 02:00–02:30 (Europe/London)")]
    [InlineData("2026-10-25T00:30Z", "2026-10-25T01:00Z", "Europe/London", "Sunday, 25 October 2026, 01:30–01:00 (Europe/London)")]
    [InlineData("2026-10-25T01:30Z", "2026-10-25T02:00Z", "Europe/London", "Sunday, 25 October 2026, 01:30–02:00 (Europe/London)")]
    [InlineData("2024-11-03T04:30Z", "2024-11-03T05:30Z", "America/Havana", "Sunday, 3 November 2024, 00:30–00:30 (America/Havana)")]
    [InlineData("2026-09-06T03:30Z", "2026-09-06T04:30Z", "America/Santiago", "Saturday, 5 September 2026, 23:30 – Sunday, 6 September 2026, 01:30 (America/Santiago)")]
    public void The_summary_is_what_the_shops_clocks_and_calendar_show(string start, string end, string zone, string summary)
    {
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("th-TH");
        try
        {
            Assert.Equal(summary, SlotSummary.Of(Utc(start), Utc(end), DateTimeZoneProviders.Tzdb[zone]));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static DateTimeOffset Utc(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);
}
