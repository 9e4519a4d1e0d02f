#if DEBUG
using Consultation.Infrastructure.Embedded;
#endif

namespace Consultation.Infrastructure.Hosting;

/// <summary>
/// What <c>dotnet run</c> has on top of the service: servers for what is not configured, and a moment
/// to welcome the person at the terminal. A Release build has none of it.
/// </summary>
internal sealed class DevelopmentRun : IAsyncDisposable
{
#if DEBUG
    private const string Url = "http://localhost:5080";
    private EmbeddedServers? _servers;

    public EmbeddedServers? Servers => _servers;

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

    /// <summary>Runs <paramref name="welcome"/> once the service listens, when this run has brought servers along.</summary>
    public void Welcome(WebApplication app, Func<WebApplication, EmbeddedServers, Task> welcome)
    {
        if (_servers is { Settings.Count: > 0 } servers)
            app.Lifetime.ApplicationStarted.Register(() => _ = welcome(app, servers));
    }

    public async ValueTask DisposeAsync()
    {
        if (_servers is not null)
            await _servers.DisposeAsync();
    }
#else
    public static void Assume()
    {
    }

    public static Task<DevelopmentRun> Prepare(WebApplicationBuilder builder) => Task.FromResult(new DevelopmentRun());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
#endif
}
