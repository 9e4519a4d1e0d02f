using System.Net;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Redis;
using Consultation.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Consultation.Tests.Infrastructure.Redis;

/// <summary>A convention works without the others, and not without its room: then the start fails and says why.</summary>
public sealed class ConventionTests(Service service) : IClassFixture<Service>
{
    private static readonly RateLimitPolicy Policy = new("A_POLICY", DefaultLimit: 3);

    [Fact]
    public async Task An_endpoint_may_be_cached_and_not_limited()
    {
        var made = 0;
        await using var started = await StartAsync(
            (services, configuration) => services.AddCaching(CacheOptions.Read(configuration, "A_TIME", "convention:version")),
            app => app.MapGet("/cached", async (HttpContext context, ResponseCache cache) =>
                (await cache.GetAsync(context, "convention:entry", 0, async _ => new Cacheable(new { made = ++made }, TrueUntil: null))).Value).IsCached());
        using var http = new HttpClient { BaseAddress = new Uri(started.Urls.Single()) };

        for (var repeat = 0; repeat < 3; repeat++)
            Assert.Equal("""{"made":1}""", await http.GetStringAsync("/cached", TestContext.Current.CancellationToken));
        await started.Services.GetRequiredService<ListVersion>().InvalidateAsync();
        Assert.Equal("""{"made":2}""", await http.GetStringAsync("/cached", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_endpoint_may_be_limited_and_not_cached()
    {
        await using var started = await StartAsync(
            (services, configuration) => services.AddRateLimiting(configuration, [Policy]),
            app =>
            {
                app.UseMiddleware<RateLimitMiddleware>();
                app.MapGet("/limited", () => "here").LimitedBy(Policy);
            });
        using var http = new HttpClient { BaseAddress = new Uri(started.Urls.Single()) };

        var statuses = new List<HttpStatusCode>();
        for (var repeat = 0; repeat < 4; repeat++)
            statuses.Add((await http.GetAsync("/limited", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], statuses);
    }

    [Theory]
    [InlineData("LimitedBy", "AddRateLimiting")]
    [InlineData("IsCached", "AddCaching")]
    [InlineData("InvalidatesCache", "AddCaching")]
    public void A_convention_whose_room_is_not_registered_fails_the_start_and_names_it(string convention, string registration)
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        var endpoint = app.MapGet("/somewhere", () => "here");
        _ = convention switch
        {
            "LimitedBy" => endpoint.LimitedBy(Policy),
            "IsCached" => endpoint.IsCached(),
            _ => endpoint.InvalidatesCache(),
        };

        var failure = Assert.Throws<InvalidOperationException>(() => ((IEndpointRouteBuilder)app).DataSources.Sum(source => source.Endpoints.Count));

        Assert.Contains(convention, failure.Message, StringComparison.Ordinal);
        Assert.Contains(registration, failure.Message, StringComparison.Ordinal);
    }

    private async Task<WebApplication> StartAsync(Action<IServiceCollection, ConfigurationReader> add, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = service.PostgresConnection,
            ["ConnectionStrings:Redis"] = service.RedisConnection,
        });
        var configuration = new ConfigurationReader(builder.Configuration, development: true);
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddDatabase(configuration, [], _ => (_, _) => Task.CompletedTask)
            .AddRedis(configuration)
            .AddSingleton(new CircuitBreakerOptions { Timeout = TimeSpan.FromSeconds(10) }); // whatever the machine does meanwhile
        add(builder.Services, configuration);
        var app = builder.Build();
        app.UseRouting();
        app.UseMiddleware<RedisTripMiddleware>();
        map(app);
        await app.StartAsync();
        return app;
    }
}
