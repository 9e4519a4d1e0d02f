#if DEBUG
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Consultation.Infrastructure.Embedded;
#endif

namespace Consultation.Infrastructure;

/// <summary>
/// What <c>dotnet run</c> has on top of the service: servers for what is not configured, slots to look at on the first run, and a
/// word to the person at the terminal. A Release build has none of it.
/// </summary>
internal sealed class DevelopmentRun : IAsyncDisposable
{
#if DEBUG
    private const string Url = "http://localhost:5080";
    private EmbeddedServers? _servers;

    /// <summary>A development build is in Development unless it is told otherwise.</summary>
    public static void Assume()
    {
        const string Variable = "ASPNETCORE_ENVIRONMENT";
        if (Environment.GetEnvironmentVariable(Variable) is null && Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") is null)
            Environment.SetEnvironmentVariable(Variable, Environments.Development);
    }

    public static async Task<DevelopmentRun> Prepare(WebApplicationBuilder builder)
    {
        var run = new DevelopmentRun();
        if (!builder.Environment.IsDevelopment())
            return run;
        try
        {
            run._servers = await EmbeddedServers.StartAsync(builder.Configuration, builder.Environment.ContentRootPath, CancellationToken.None);
        }
        catch (InvalidOperationException cannot)
        {
            Console.Error.WriteLine(cannot.Message);
            Environment.Exit(1);
        }
        builder.Configuration.AddInMemoryCollection(run._servers.Settings);
        if (new[] { "urls", "http_ports", "https_ports" }.All(key => string.IsNullOrEmpty(builder.Configuration[key])))
            builder.WebHost.UseUrls(Url);
        return run;
    }

    public void Welcome(WebApplication app)
    {
        if (_servers is { Settings.Count: > 0 })
            app.Lifetime.ApplicationStarted.Register(() => _ = Welcome(app, _servers));
    }

    public async ValueTask DisposeAsync()
    {
        if (_servers is not null)
            await _servers.DisposeAsync();
    }

    private static async Task Welcome(WebApplication app, EmbeddedServers servers)
    {
        try
        {
            if (servers.Postgres is not null && Embedded.Welcome.AdminToken(servers, app.Configuration) is { } token)
                await FirstSlots(app, token);
            Console.WriteLine(Embedded.Welcome.Text(servers, app.Urls, app.Configuration));
        }
        catch (Exception failure)
        {
            app.Logger.LogError(failure, "The welcome could not be made");
        }
    }

    /// <summary>Two weeks of weekdays, by the route that staff would use.</summary>
    private static async Task FirstSlots(WebApplication app, string token)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Embedded.Welcome.Reachable(app.Urls)) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        const string Slots = "/api/admin/consultations/slots";
        var any = await http.GetFromJsonAsync<JsonObject>(Slots + "?limit=1");
        if (any!["total"]!.GetValue<int>() > 0)
            return;
        var today = app.Services.GetRequiredService<ShopTime>().Today;
        using var created = await http.PostAsJsonAsync(Slots + "/bulk", new
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
#else
    public static void Assume()
    {
    }

    public static Task<DevelopmentRun> Prepare(WebApplicationBuilder builder) => Task.FromResult(new DevelopmentRun());

    public void Welcome(WebApplication app)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
#endif
}
