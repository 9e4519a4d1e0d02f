using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Consultation.Infrastructure.Embedded;
using Consultation.Infrastructure.Hosting;

namespace Consultation.Features.Demo;

/// <summary>What a development run does for the person who started it, once it listens: slots to look at, and a word.</summary>
internal static class DemoRun
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>By role; none where the secret or the authority that checks tokens is somebody's own.</summary>
    public static IReadOnlyDictionary<string, string>? Tokens(DevelopmentRun development, IConfiguration configuration) =>
        Demo.Welcome.Tokens(development.Servers, configuration) is { Customer: { } customer, Staff: { } staff }
            ? new Dictionary<string, string> { ["customer"] = customer, ["admin"] = staff }
            : null;

    /// <summary>The page at <c>/</c>, and the welcome once slots can be listed.</summary>
    public static void UseDemo(this WebApplication app, DevelopmentRun development)
    {
        if (!app.Environment.IsDevelopment())
            return;
        DemoEndpoint.Map(app, () => Demo.Welcome.Tokens(development.Servers, app.Configuration));
        development.Welcome(app, WelcomeAsync);
    }

    private static async Task WelcomeAsync(WebApplication app, EmbeddedServers servers)
    {
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri(Demo.Welcome.Reachable(app.Urls)) };
            await ReadyAsync(http).WaitAsync(LongestStart);
            if (servers.Postgres is not null && Demo.Welcome.AdminToken(servers, app.Configuration) is { } token)
                await Create(app, http, token);
            Console.WriteLine(Demo.Welcome.Text(servers, app.Urls, app.Configuration));
        }
        catch (Exception failure)
        {
            app.Logger.LogError(failure, "The welcome could not be made");
        }
    }

    private static async Task ReadyAsync(HttpClient http)
    {
        while (true)
        {
            using var answer = await http.GetAsync("/health/ready");
            if (answer.IsSuccessStatusCode)
                return;
            await Task.Delay(Pause);
        }
    }

    /// <summary>Two weeks of weekdays on the first run, by the route that staff would use.</summary>
    private static async Task Create(WebApplication app, HttpClient http, string token)
    {
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
