using System.Net;
using Consultation.Infrastructure.Redis;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.Demo;

/// <summary>The demo in Chromium, against a running service: what <c>browser/demo.mjs</c> says of each scenario.</summary>
public sealed class DemoTests(Service service) : IClassFixture<Service>
{
    private const string Chromium = "/usr/bin/chromium";
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task The_page_comes_from_this_service_alone()
    {
        var page = await service.Http.GetAsync("/", token: null);
        var elsewhere = await service.Http.GetAsync("/demo/none.js", token: null);

        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (page.Status, page.Header("Content-Type")));
        Assert.StartsWith("default-src 'none';", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.NotFound, "NOT_FOUND"), (elsewhere.Status, elsewhere.Code));
    }

    [Fact]
    public async Task Every_scenario_works_in_a_browser()
    {
        Assert.SkipUnless(File.Exists(Chromium), $"There is no {Chromium}: apt-get install chromium.");
        // enough for the scenarios before the one that reaches the limit
        await using var replica = service.StartReplica(new CircuitBreakerOptions(), ("CONSULTATION_PUBLIC_BOOK_RATE_LIMIT", "40"));
        var project = await NodeProject.InstallAsync(Path.Combine(AppContext.BaseDirectory, "Features", "Demo", "browser"));

        var said = await project.RunAsync(AtMost, "node", "demo.mjs", replica.Address.ToString().TrimEnd('/'), Tokens.Customer("ada", "Ada Lovelace", "ada@example.org", "+44 20 7946 0000"), Tokens.Admin(), Chromium);

        var scenarios = said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(scenarios.Length > 15, said);
        Assert.All(scenarios, scenario => Assert.StartsWith("ok ", scenario, StringComparison.Ordinal));
    }
}
