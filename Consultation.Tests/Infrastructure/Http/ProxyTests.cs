using System.Net;
using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Http;
using Consultation.Tests.Support;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Consultation.Tests.Infrastructure.Http;

/// <summary>What proxies say of the client's address and of the path that they have taken off.</summary>
public sealed class ProxyTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private Replica _behind = null!;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _behind = service.StartReplica(("CONSULTATION_TRUSTED_PROXIES", "::ffff:127.0.0.1"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("/shop", "/shop")]
    [InlineData("/shop/", "/shop")]
    [InlineData("/eu/shop-1", "/eu/shop-1")]
    [InlineData("/", "")]
    [InlineData("", "")]
    [InlineData("shop", "")]
    [InlineData("//evil.example", "")]
    [InlineData("/%2f%2fevil.example", "")]
    [InlineData("/\\evil.example", "")]
    [InlineData("/a/../b", "")]
    [InlineData("/a//b", "")]
    [InlineData("/a b", "")]
    [InlineData("/a?x=1", "")]
    [InlineData("https://evil.example", "")]
    public async Task The_prefix_of_a_trusted_proxy_leads_every_address_that_goes_out(string sent, string prefix)
    {
        var start = service.Clock.GetUtcNow().AddDays(3);

        var created = await _behind.Http.SendAsync(
            HttpMethod.Post, HttpJson.AdminSlots, new { startTime = start, endTime = start.AddHours(1) }, Tokens.Admin(), ("X-Forwarded-Prefix", sent));
        var problem = await _behind.Http.GetAsync("/nowhere", null, ("X-Forwarded-Prefix", sent));
        var description = await _behind.Http.GetAsync("/openapi/v1.json", null, ("X-Forwarded-Prefix", sent));

        Assert.Equal($"{prefix}{HttpJson.AdminSlots}/{created["id"]}", created.Header("Location"));
        Assert.Equal($"{prefix}/problems/NOT_FOUND", problem["type"].GetValue<string>());
        Assert.Equal(prefix.Length == 0 ? null : prefix, description.Body!["servers"]?[0]!["url"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_prefix_of_anybody_else_counts_for_nothing()
    {
        var problem = await service.Http.GetAsync("/nowhere", null, ("X-Forwarded-Prefix", "/shop"));
        var another = await service.StartReplica(("CONSULTATION_TRUSTED_PROXIES", "10.0.0.0/8")).Http.GetAsync("/nowhere", null, ("X-Forwarded-Prefix", "/shop"));

        Assert.All([problem, another], answer => Assert.Equal("/problems/NOT_FOUND", answer["type"].GetValue<string>()));
    }

    [Theory]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1/32")]
    [InlineData("::FFFF:10.0.0.0/104", "10.0.0.0/8")]
    [InlineData("::ffff:0:0/96", "0.0.0.0/0")]
    [InlineData("10.1.2.3", "10.1.2.3/32")]
    [InlineData("::1", "::1/128")]
    [InlineData("2001:db8::/32", "2001:db8::/32")]
    public void A_proxys_ipv4_address_is_known_in_both_spellings(string spelled, string network)
    {
        var reader = new ConfigurationReader(
            new ConfigurationBuilder().AddInMemoryCollection([new("CONSULTATION_TRUSTED_PROXIES", spelled)]).Build(), development: true);

        Assert.Equal([IPNetwork.Parse(network)], HttpOptions.Read(reader).TrustedProxies);
        Assert.Empty(reader.Problems);
    }
}
