using System.Globalization;
using Consultation.Features;
using Xunit;

namespace Consultation.Tests.Features;

public sealed class DaysOfWeekTests
{
    private static readonly DayOfWeek[] Week = Enum.GetValues<DayOfWeek>();

    [Theory]
    [InlineData("MON", "Monday")]
    [InlineData("monday", "Monday")]
    [InlineData("sUnDaY", "Sunday")]
    [InlineData("MON-FRI", "Monday Tuesday Wednesday Thursday Friday")]
    [InlineData("monday-friday", "Monday Tuesday Wednesday Thursday Friday")]
    [InlineData("Mon-friday", "Monday Tuesday Wednesday Thursday Friday")]
    [InlineData("FRI-MON", "Sunday Monday Friday Saturday")]
    [InlineData("SAT-SUN", "Sunday Saturday")]
    [InlineData("SUN-SAT", "Sunday Monday Tuesday Wednesday Thursday Friday Saturday")]
    [InlineData("WED-TUE", "Sunday Monday Tuesday Wednesday Thursday Friday Saturday")]
    [InlineData("MON-MON", "Monday")]
    [InlineData("  thu ", "Thursday")]
    [InlineData(" MON - TUE\t", "Monday Tuesday")]
    public void A_name_or_a_range_gives_its_days(string entry, string expected)
    {
        Assert.True(DaysOfWeek.TryParse(entry, out var days));
        Assert.Equal(expected.Split(' ').Select(Enum.Parse<DayOfWeek>), Week.Where(days.Contains));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("-")]
    [InlineData("MON-")]
    [InlineData("-MON")]
    [InlineData("MON--FRI")]
    [InlineData("MON-TUE-WED")]
    [InlineData("MON,TUE")]
    [InlineData("MO")]
    [InlineData("MOND")]
    [InlineData("TUES")]
    [InlineData("1")]
    [InlineData("1-5")]
    [InlineData("lundi")]
    [InlineData("M O N")]
    [InlineData("\u017fun")]
    [InlineData("MON\u2013FRI")]
    public void Anything_else_is_refused(string? entry)
    {
        Assert.False(DaysOfWeek.TryParse(entry, out var days));
        Assert.DoesNotContain(Week, days.Contains);
    }

    [Fact]
    public void Case_does_not_depend_on_the_culture()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("tr-TR");
            Assert.True(DaysOfWeek.TryParse("FRIDAY", out var days));
            Assert.True(days.Contains(DayOfWeek.Friday));
            Assert.False(DaysOfWeek.TryParse("FR\u0130DAY", out _));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Sets_are_joined()
    {
        Assert.True(DaysOfWeek.TryParse("MON-TUE", out var some));
        Assert.True(DaysOfWeek.TryParse("SUN", out var more));
        Assert.Equal([DayOfWeek.Sunday, DayOfWeek.Monday, DayOfWeek.Tuesday], Week.Where((some | more).Contains));
    }
}
