using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Consultation.Infrastructure.Embedded;

namespace Consultation.Features.Demo;

/// <summary>What a development run does for the person who started it, once it listens: slots to look at, and a word.</summary>
internal static class FirstSlots
{
    public static async Task Welcome(WebApplication app, EmbeddedServers servers)
    {
        try
        {
            if (servers.Postgres is not null && Demo.Welcome.AdminToken(servers, app.Configuration) is { } token)
                await Create(app, token);
            Console.WriteLine(Demo.Welcome.Text(servers, app.Urls, app.Configuration));
        }
        catch (Exception failure)
        {
            app.Logger.LogError(failure, "The welcome could not be made");
        }
    }

    /// <summary>Two weeks of weekdays on the first run, by the route that staff would use.</summary>
    private static async Task Create(WebApplication app, string token)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Demo.Welcome.Reachable(app.Urls)) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var any = await http.GetFromJsonAsync<JsonObject>(Slices.AdminSlots + "?limit=1");
        if (any!["total"]!.GetValue<int>() > 0)
            return;
        var today = app.Services.GetRequiredService<ShopCalendar>().Today;
        using var created = await http.PostAsJsonAsync(Slices.AdminSlots + "/bulk", new
        {
            startDate = today.AddDays(1).ToString("O", CultureInfo.InvariantCulture),
            endDate = today.AddDays(14).ToString("O", CultureInfo.InvariantCulture),
            daysOfWeek = new[] { "MON-FRI" },
            startTime = "09:00",
            endTime = "17:00",
            intervalMinutes = 30,
            breaks = new[] { new { startTime = "12:00", endTime = "13:00" } },
            onConflict = "skip",
        });
        created.EnsureSuccessStatusCode();
    }
}
