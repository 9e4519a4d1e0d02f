using System.Text.RegularExpressions;
using Consultation.Infrastructure.Embedded;
using Xunit;

namespace Consultation.Tests.Infrastructure.Telemetry;

public sealed partial class ComposeTests
{
    private static readonly (string, string)[] AsInCompose =
    [
        .. Variable().Matches(Documentation.Read("compose.yaml")).Select(variable => (variable.Groups[1].Value, Default().Replace(variable.Groups[2].Value, "$1"))),
    ];

    [Fact]
    public async Task Production_refuses_each_of_the_secrets_that_compose_has_for_development_with_a_line_of_its_own()
    {
        var (exitCode, lines) = await StartedService.RunAsync([], AsInCompose);

        Assert.Equal(2, exitCode);
        Assert.Equal(2, lines.Count);
        Assert.Contains(lines, line => line.StartsWith("CONSULTATION_JWT_SECRET is not usable", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("ConnectionStrings__Postgres is not usable", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("development-only", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_migration_on_them_is_refused_as_well()
    {
        var (exitCode, lines) = await StartedService.RunAsync(["migrate"], AsInCompose);

        Assert.Equal(2, exitCode);
        Assert.StartsWith("ConnectionStrings__Postgres is not usable", Assert.Single(lines), StringComparison.Ordinal);
    }

    /// <summary>Of the service's own environment, those that are text; the environment's name is the test's.</summary>
    [GeneratedRegex(@"^    ((?:ConnectionStrings__|CONSULTATION_)\w+): ""?([^""#\n]+?)""?(?: #.*)?$", RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\$\{\w+:-([^}]*)\}")]
    private static partial Regex Default();
}

public sealed class HealthcheckTests(Support.Service service) : IClassFixture<Support.Service>
{
    [Fact]
    public async Task The_health_check_asks_the_service_on_its_own_port()
    {
        Assert.Equal(0, (await StartedService.RunAsync(["healthcheck"], ("ASPNETCORE_URLS", $"http://+:{service.Replica.Address.Port}"))).ExitCode);
        Assert.Equal(0, (await StartedService.RunAsync(["healthcheck"], ("ASPNETCORE_HTTP_PORTS", $"{service.Replica.Address.Port}"))).ExitCode);
    }

    [Fact]
    public async Task Where_nothing_answers_the_health_check_fails()
    {
        var (exitCode, lines) = await StartedService.RunAsync(["healthcheck"], ("ASPNETCORE_URLS", $"http://*:{GuardedServer.FreePort()}"));

        Assert.Equal(1, exitCode);
        Assert.StartsWith("The service does not answer", Assert.Single(lines), StringComparison.Ordinal);
    }
}
