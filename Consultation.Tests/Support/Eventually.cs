using System.Diagnostics;
using Xunit;

namespace Consultation.Tests.Support;

internal static class Eventually
{
    /// <summary>Looks until the condition holds; fails, naming it, when the time is up.</summary>
    public static async Task Async(string what, TimeSpan atMost, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < atMost, $"Not within {atMost.TotalSeconds} s: {what}");
            await Task.Delay(20);
        }
    }
}
