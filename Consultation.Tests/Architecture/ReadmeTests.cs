using System.Text.RegularExpressions;
using Consultation.Features;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Tests.Support;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Consultation.Tests.Architecture;

/// <summary>What the pages of the repository list is what the code has, no more and no less.</summary>
public sealed partial class ReadmeTests(Service service) : IClassFixture<Service>
{
    private const string Customers = "/api/consultations/";
    private const string Mobile = "/api/mobile/consultations/";

    /// <summary>Where routes of the API begin; a development run has pages beside them.</summary>
    private static readonly string[] Api = ["/api/", "/health/", "/problems/", "/openapi/"];

    private static readonly string[] Pages =
    [
        "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md",
        .. Directory.GetFiles(PathOf("docs"), "*.md", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Sources.Root, file)),
    ];

    private static readonly string Readme = Read("README.md");

    [Fact]
    public void The_table_of_routes_has_every_route_with_who_may_and_which_limit_it_has()
    {
        var documented = RouteRow().Matches(Readme)
            .Select(row => (Route: row.Groups[1].Value, Who: row.Groups[2].Value, Limit: row.Groups[3].Value)).ToList();
        var mapped = Routes().Where(route => !route.Path.StartsWith(Mobile, StringComparison.Ordinal)).ToList();

        Assert.True(mapped.Count > 15);
        Assert.Equal(mapped.Select(route => $"{route.Method} {route.Path}").Order(), documented.Select(row => row.Route).Order());
        foreach (var (row, route) in documented.OrderBy(row => row.Route).Zip(mapped.OrderBy(route => $"{route.Method} {route.Path}")))
        {
            Assert.Equal((row.Route, route.Limit is { } limit ? $"`{limit}`" : ""), (row.Route, row.Limit));
            if (route.Permission is not null || row.Who.StartsWith("`consultation:", StringComparison.Ordinal))
                Assert.Equal((row.Route, $"`{route.Permission}`"), (row.Route, row.Who));
        }
    }

    [Fact]
    public void The_mobile_mount_has_the_customers_routes()
    {
        var mobile = Routes().Where(route => route.Path.StartsWith(Mobile, StringComparison.Ordinal))
            .Select(route => (route.Method, route.Path[Mobile.Length..], route.Limit)).Order().ToList();

        Assert.NotEmpty(mobile);
        Assert.Equal(
            Routes().Where(route => route.Path.StartsWith(Customers, StringComparison.Ordinal))
                .Select(route => (route.Method, route.Path[Customers.Length..], route.Limit)).Order(),
            mobile);
    }

    [Fact]
    public void The_table_of_codes_has_every_code_with_its_status()
    {
        Assert.NotEmpty(Refusals.All);
        Assert.Equal(
            Refusals.All.Select(refusal => $"{refusal.Code} {refusal.Status}").Distinct().Order(StringComparer.Ordinal),
            CodeRow().Matches(Readme).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_table_of_variables_has_every_variable_that_the_code_names()
    {
        var codes = Refusals.All.Select(refusal => refusal.Code).ToHashSet();
        var named = new[] { "Features", "Infrastructure" }
            .SelectMany(folder => Directory.GetFiles(PathOf(folder), "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => Variable().Matches(File.ReadAllText(file)))
            .Select(variable => variable.Groups[1].Value.Replace(":", "__", StringComparison.Ordinal))
            .Concat(RateLimits.All.SelectMany(
                policy => (string[])[$"CONSULTATION_{policy.Name}_RATE_LIMIT", $"CONSULTATION_{policy.Name}_RATE_WINDOW_SECONDS"]))
            .Where(name => !codes.Contains(name)).Distinct().ToList();

        Assert.True(named.Count > 20);
        Assert.Equal(
            named.Order(StringComparer.Ordinal),
            VariableRow().Matches(Readme).Select(row => row.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_tests_that_prove_a_guarantee_are_there()
    {
        var named = TestName().Matches(Readme).Select(name => name.Groups[1].Value).Distinct().ToList();

        Assert.True(named.Count > 20);
        Assert.All(named, name => Assert.True(
            File.Exists(PathOf("Consultation.Tests", $"{name}.cs")) || Directory.Exists(PathOf("Consultation.Tests", name)), name));
    }

    [Fact]
    public void Every_link_leads_to_a_file()
    {
        var links = Pages
            .SelectMany(page => Link().Matches(Read(page)).Select(link => (page, To: link.Groups[1].Value))).ToList();

        Assert.True(links.Count > 40);
        Assert.All(links, link => Assert.True(
            Path.Exists(PathOf(Path.GetDirectoryName(link.page)!, link.To)), $"{link.page}: {link.To}"));
    }

    [Fact]
    public void The_picture_of_rooms_has_every_room()
    {
        var picture = Mermaid().Match(Read("docs/architecture.md")).Value;
        var rooms = Directory.GetDirectories(PathOf("Infrastructure")).Select(Path.GetFileName).ToList();

        Assert.True(rooms.Count > 10);
        Assert.Equal(
            rooms.Order(StringComparer.Ordinal),
            RoomNames().Matches(picture).SelectMany(names => names.Groups[1].Value.Split(" · ")).Order(StringComparer.Ordinal));
    }

    private List<(string Method, string Path, string? Permission, string? Limit)> Routes() =>
    [
        .. service.Replica.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => (Endpoint: endpoint, Path: "/" + Constraint().Replace(endpoint.RoutePattern.RawText!, "}").Trim('/')))
            .Where(route => Api.Any(start => route.Path.StartsWith(start, StringComparison.Ordinal)))
            .SelectMany(route => route.Endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
                .Where(method => method != "HEAD")
                .Select(method => (
                    method,
                    route.Path,
                    route.Endpoint.Metadata.OfType<IAuthorizeData>().Select(needs => needs.Policy)
                        .FirstOrDefault(policy => policy?.StartsWith("consultation:", StringComparison.Ordinal) == true),
                    route.Endpoint.Metadata.OfType<RateLimitPolicy>().LastOrDefault()?.Name))),
    ];

    private static string PathOf(params string[] path) => Path.Combine([Sources.Root, .. path]);

    private static string Read(string page) => File.ReadAllText(PathOf(page));

    [GeneratedRegex(@"^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)` \| ([^|]*) \| ([^|]*?) ?\| ", RegexOptions.Multiline)]
    private static partial Regex RouteRow();

    [GeneratedRegex(@"^\| `([A-Z_]+)` \| ([0-9]{3}) \| ", RegexOptions.Multiline)]
    private static partial Regex CodeRow();

    [GeneratedRegex(@"^\| `((?:CONSULTATION|ConnectionStrings)_\w+)` \| (?![0-9]{3} )", RegexOptions.Multiline)]
    private static partial Regex VariableRow();

    [GeneratedRegex(@"""((?:CONSULTATION_|ConnectionStrings:)\w+)""")]
    private static partial Regex Variable();

    [GeneratedRegex(@"`((?:Architecture|Features|Guarantees|Infrastructure|Migrations)(?:/\w+)+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex("```mermaid.*?```", RegexOptions.Singleline)]
    private static partial Regex Mermaid();

    [GeneratedRegex(@"\[""<b>((?!Features|Migrations)[\w ·]+)</b>")]
    private static partial Regex RoomNames();

    [GeneratedRegex(@":\w+\}")]
    private static partial Regex Constraint();
}
