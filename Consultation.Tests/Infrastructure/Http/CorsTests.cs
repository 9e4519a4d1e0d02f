using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.Http;

public sealed class CorsTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string Shop = "https://shop.example";

    private Replica _replica = null!;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _replica = service.StartReplica(("CONSULTATION_CORS_ORIGINS", $"{Shop}, http://localhost:3000"), ("CONSULTATION_CUSTOMER_BOOKINGS_RATE_LIMIT", "1"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(Shop)]
    [InlineData("http://localhost:3000")]
    public async Task A_preflight_of_a_configured_origin_is_granted(string origin)
    {
        var answer = await PreflightAsync(origin);

        Assert.Equal(HttpStatusCode.NoContent, answer.Status);
        Assert.Equal(origin, answer.Header("Access-Control-Allow-Origin"));
        Assert.Contains("POST", answer.Header("Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("authorization", answer.Header("Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("idempotency-key", answer.Header("Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("capacitor://localhost", "capacitor://localhost")]
    [InlineData("ionic://localhost", "IONIC://localhost/")]
    [InlineData("https://shop.example", "HTTPS://Shop.Example:443")]
    [InlineData("http://shop.example", "http://SHOP.example:80/")]
    [InlineData("https://shop.example:444", "https://shop.example:444")]
    [InlineData("https://xn--bcher-kva.example", "https://Bücher.example")]
    [InlineData("http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080")]
    public async Task An_origin_is_granted_as_browsers_send_it_however_it_was_configured(string sent, string configured)
    {
        var replica = service.StartReplica(("CONSULTATION_CORS_ORIGINS", configured));

        Assert.Equal(sent, (await replica.Http.GetAsync("/health/live", null, ("Origin", sent))).Header("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("http://shop.example")]
    [InlineData("https://shop.example:8443")]
    [InlineData("https://shop.example.evil.example")]
    [InlineData("null")]
    public async Task Another_origin_is_granted_nothing(string origin)
    {
        var preflight = await PreflightAsync(origin);
        var answer = await _replica.Http.GetAsync(HttpJson.Slots, null, ("Origin", origin));

        Assert.Null(preflight.Header("Access-Control-Allow-Origin"));
        Assert.Null(answer.Header("Access-Control-Allow-Origin"));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    public async Task A_script_may_read_the_headers_that_tell_it_what_to_do()
    {
        var answer = await _replica.Http.GetAsync(HttpJson.Slots, null, ("Origin", Shop));

        Assert.Equal(Shop, answer.Header("Access-Control-Allow-Origin"));
        Assert.Contains("Origin", answer.Header("Vary"), StringComparison.Ordinal);
        var exposed = answer.Header("Access-Control-Expose-Headers")!.Split(',', StringSplitOptions.TrimEntries);
        Assert.Superset(
            new HashSet<string> { "ETag", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "Location", "Idempotency-Replayed" }, exposed.ToHashSet());
    }

    [Fact]
    public async Task A_script_may_read_why_it_was_refused()
    {
        var unauthorized = await _replica.Http.GetAsync(HttpJson.MyBookings, null, ("Origin", Shop));
        var limited = await _replica.Http.GetAsync(HttpJson.MyBookings, null, ("Origin", Shop));
        var unknown = await _replica.Http.GetAsync("/nothing", null, ("Origin", Shop));

        Assert.Equal([401, 429, 404], new[] { unauthorized, limited, unknown }.Select(answer => (int)answer.Status));
        Assert.All([unauthorized, limited, unknown], answer => Assert.Equal(Shop, answer.Header("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task Without_configuration_no_origin_is_granted_anything()
    {
        var answer = await service.StartReplica().Http.GetAsync(HttpJson.Slots, null, ("Origin", Shop));

        Assert.Null(answer.Header("Access-Control-Allow-Origin"));
    }

    private Task<Answer> PreflightAsync(string origin) => _replica.Http.SendAsync(HttpMethod.Options, HttpJson.Book, null, null,
        ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization,content-type,idempotency-key"));
}
