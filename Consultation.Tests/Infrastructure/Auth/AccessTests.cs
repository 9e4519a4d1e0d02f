using System.Net;
using Consultation.Features;
using Consultation.Tests.Support;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Consultation.Tests.Infrastructure.Auth;

/// <summary>Walks every endpoint of the running service: each says who may, and keeps to it.</summary>
public sealed class AccessTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    /// <summary>Contract sections 1 to 4, from the routes that the service has to those who may.</summary>
    private static readonly Dictionary<string, string> Expected = new()
    {
        ["GET /api/consultations/slots"] = "public",
        ["POST /api/consultations/book"] = Access.GuestsAndTokens,
        ["GET /api/consultations/bookings"] = Access.Customers,
        ["GET /api/consultations/bookings/{id}"] = Access.GuestsAndTokens,
        ["DELETE /api/consultations/bookings/{id}"] = Access.GuestsAndTokens,
        ["GET /api/mobile/consultations/slots"] = "public",
        ["POST /api/mobile/consultations/book"] = Access.GuestsAndTokens,
        ["GET /api/mobile/consultations/bookings"] = Access.Customers,
        ["GET /api/mobile/consultations/bookings/{id}"] = Access.GuestsAndTokens,
        ["DELETE /api/mobile/consultations/bookings/{id}"] = Access.GuestsAndTokens,
        ["GET /api/admin/consultations/slots"] = Permission.SlotsRead,
        ["GET /api/admin/consultations/slots/{id}"] = Permission.SlotsRead,
        ["POST /api/admin/consultations/slots"] = Permission.SlotsWrite,
        ["POST /api/admin/consultations/slots/bulk"] = Permission.SlotsWrite,
        ["PATCH /api/admin/consultations/slots/bulk"] = Permission.SlotsWrite,
        ["DELETE /api/admin/consultations/slots/bulk"] = Permission.SlotsWrite,
        ["PATCH /api/admin/consultations/slots/{id}"] = Permission.SlotsWrite,
        ["DELETE /api/admin/consultations/slots/{id}"] = Permission.SlotsWrite,
        ["GET /api/admin/consultations/bookings"] = Permission.BookingsRead,
        ["GET /api/admin/consultations/bookings/{id}"] = Permission.BookingsRead,
        ["GET /api/admin/consultations/bookings/cancelled"] = Permission.BookingsRead,
        ["PATCH /api/admin/consultations/bookings/{id}"] = Permission.BookingsWrite,
        ["DELETE /api/admin/consultations/bookings/{id}"] = Permission.BookingsWrite,
        ["GET /health/live"] = "public",
        ["GET /health/ready"] = "public",
        ["GET /openapi/v1.json"] = "public",
        ["GET /problems/{code}"] = "public",
    };

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void Every_endpoint_says_who_may_and_none_is_there_that_nobody_knows_of()
    {
        var found = Endpoints().Where(endpoint => !IsPage(endpoint.Route)).ToDictionary(endpoint => endpoint.Route, endpoint => endpoint.Who);

        Assert.Equal(Expected.OrderBy(pair => pair.Key, StringComparer.Ordinal), found.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        Assert.All(Endpoints(), endpoint => Assert.NotEqual("", endpoint.Who));
    }

    [Fact]
    public async Task Every_endpoint_that_needs_a_token_refuses_none_and_every_kind_of_bad_one()
    {
        var guarded = Endpoints().Where(endpoint => endpoint.Who is not "public" and not Access.GuestsAndTokens).ToList();
        Assert.Equal(Expected.Values.Count(who => who is not "public" and not Access.GuestsAndTokens), guarded.Count);

        foreach (var endpoint in guarded)
        {
            IsUnauthorized(await SendAsync(endpoint.Route, token: null), endpoint.Route);
            IsUnauthorized(await service.Http.SendAsync(Method(endpoint.Route), Path(endpoint.Route), null, null, ("Authorization", "Basic YTpi")), endpoint.Route);
            foreach (var (kind, token) in BadTokens.All)
                IsUnauthorized(await SendAsync(endpoint.Route, token), $"{endpoint.Route} {kind}");
        }
    }

    [Fact]
    public async Task An_endpoint_for_guests_refuses_every_kind_of_bad_token()
    {
        var open = Endpoints().Where(endpoint => endpoint.Who == Access.GuestsAndTokens).ToList();
        Assert.Equal(Expected.Values.Count(who => who == Access.GuestsAndTokens), open.Count);

        foreach (var endpoint in open)
            foreach (var (kind, token) in BadTokens.All)
                IsUnauthorized(await SendAsync(endpoint.Route, token), $"{endpoint.Route} {kind}");
        Assert.Equal(0, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
    }

    [Fact]
    public async Task An_admins_endpoint_needs_its_very_permission()
    {
        var guarded = Endpoints().Where(endpoint => Permission.All.Contains(endpoint.Who)).ToList();
        Assert.Equal(Expected.Values.Count(Permission.All.Contains), guarded.Count);

        foreach (var (route, permission) in guarded)
        {
            IsForbidden(await SendAsync(route, Tokens.Customer()), route);
            IsForbidden(await SendAsync(route, Tokens.AdminOf("a", [.. Permission.All.Except([permission])])), route);
            IsForbidden(await SendAsync(route, Tokens.AdminOf("a")), route);
            IsForbidden(await SendAsync(route, Tokens.AdminOf("a", permission.ToUpperInvariant(), permission + " ", permission[..^1], "*")), route);
            IsForbidden(await SendAsync(route, Tokens.Mint(new() { ["sub"] = "c", ["role"] = "customer", ["permissions"] = Permission.All })), route);
            IsForbidden(await SendAsync(route, Tokens.Mint(new() { ["sub"] = "c", ["role"] = "Admin", ["permissions"] = Permission.All })), route);
            IsForbidden(await SendAsync(route, Tokens.Mint(new() { ["sub"] = "c", ["permissions"] = Permission.All })), route);

            var granted = await SendAsync(route, Tokens.AdminOf("a", permission));
            Assert.False(granted.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, $"{route}: {granted.Text}");
        }
    }

    [Fact]
    public async Task A_customers_endpoint_needs_a_customer()
    {
        var guarded = Endpoints().Where(endpoint => endpoint.Who == Access.Customers).ToList();
        Assert.Equal(2, guarded.Count);

        foreach (var (route, _) in guarded)
        {
            IsForbidden(await SendAsync(route, Tokens.Admin()), route);
            IsForbidden(await SendAsync(route, Tokens.Mint(new() { ["sub"] = "x" })), route);
            IsForbidden(await SendAsync(route, Tokens.Mint(new() { ["sub"] = "x", ["role"] = "Customer" })), route);
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(route, Tokens.Customer())).Status);
        }
    }

    [Fact]
    public async Task A_public_endpoint_takes_no_notice_of_a_bad_token()
    {
        var open = Endpoints().Where(endpoint => endpoint.Who == "public" && !IsPage(endpoint.Route)).ToList();
        Assert.Equal(6, open.Count);

        foreach (var (route, _) in open)
            foreach (var (kind, token) in BadTokens.All)
                Assert.True((await SendAsync(route, token)).Status == HttpStatusCode.OK, $"{route} {kind}");
    }

    /// <summary>Of the description, and of the demo that there is in development.</summary>
    private static bool IsPage(string route) => route == "GET /" || route.StartsWith("GET /scalar", StringComparison.Ordinal) || route.StartsWith("GET /demo/", StringComparison.Ordinal);

    private static HttpMethod Method(string route) => new(route.Split(' ')[0]);

    private static string Path(string route) =>
        route.Split(' ')[1].Replace("{id}", "4242", StringComparison.Ordinal).Replace("{code}", "NOT_FOUND", StringComparison.Ordinal);

    private static void IsUnauthorized(Answer answer, string what)
    {
        Assert.True(answer is { Status: HttpStatusCode.Unauthorized, Code: "UNAUTHORIZED" }, $"{what}: {(int)answer.Status} {answer.Text}");
        Assert.StartsWith("Bearer", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    private static void IsForbidden(Answer answer, string what) =>
        Assert.True(answer is { Status: HttpStatusCode.Forbidden, Code: "FORBIDDEN" }, $"{what}: {(int)answer.Status} {answer.Text}");

    private Task<Answer> SendAsync(string route, string? token) => service.Http.SendAsync(Method(route), Path(route), Method(route) == HttpMethod.Get ? null : new { }, token);

    /// <summary>The routes as <c>GET /path/{id}</c>, and the policy of each; empty where none is named.</summary>
    private List<(string Route, string Who)> Endpoints()
    {
        var endpoints = service.Replica.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => (
                $"{endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0]} /{endpoint.RoutePattern.RawText!.Trim('/').Replace("{id:id}", "{id}", StringComparison.Ordinal)}",
                endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
                    ? "public"
                    : string.Join(",", endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy))))
            .ToList();
        Assert.True(endpoints.Count >= Expected.Count);
        return endpoints;
    }
}
