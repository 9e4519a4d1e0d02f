using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Consultation.Tests.Infrastructure.Auth;

/// <summary>Tokens of an OpenID Connect authority, whose keys are found by discovery.</summary>
public sealed class AuthorityTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly string _address = $"http://127.0.0.1:{GuardedServer.FreePort()}";
    private WebApplication _authority = null!;
    private Replica _replica = null!;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        await StartAuthorityAsync();
        _replica = Start(_address);
    }

    private async Task StartAuthorityAsync()
    {
        var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_rsa.ExportParameters(includePrivateParameters: false)) { KeyId = "k1" });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _authority = builder.Build();
        _authority.Urls.Add(_address);
        _authority.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = _address, jwks_uri = $"{_address}/keys" }));
        _authority.MapGet("/keys", () => Results.Json(new { keys = new[] { new { kty = key.Kty, kid = key.KeyId, n = key.N, e = key.E, use = "sig" } } }));
        await _authority.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _authority.DisposeAsync();
        _rsa.Dispose();
    }

    [Fact]
    public async Task A_token_by_the_authoritys_key_is_taken() => Assert.Equal(HttpStatusCode.OK, (await ListAsync(Rs256(_rsa))).Status);

    [Theory]
    [InlineData("raw")]
    [InlineData("pem")]
    [InlineData("modulus")]
    public async Task A_token_signed_with_the_public_key_as_if_it_were_a_secret_is_refused(string form)
    {
        var secret = form switch
        {
            "raw" => _rsa.ExportSubjectPublicKeyInfo(),
            "pem" => Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem()),
            _ => _rsa.ExportParameters(includePrivateParameters: false).Modulus!,
        };

        Assert.Equal("UNAUTHORIZED", (await ListAsync(JwtKit.Sign(Payload(_address), secret: secret))).Code);
    }

    [Fact]
    public async Task A_token_by_another_key_or_by_the_secret_or_by_none_is_refused()
    {
        using var another = RSA.Create(2048);

        Assert.Equal("UNAUTHORIZED", (await ListAsync(Rs256(another))).Code);
        Assert.Equal("UNAUTHORIZED", (await ListAsync(JwtKit.Sign(Payload(_address)))).Code);
        Assert.Equal("UNAUTHORIZED", (await ListAsync(JwtKit.Unsigned(Payload(_address)) + ".")).Code);
    }

    [Fact]
    public async Task The_authority_does_not_stand_in_for_the_issuer()
    {
        Assert.Equal("UNAUTHORIZED", (await ListAsync(Rs256(_rsa, issuer: "another"))).Code);
    }

    [Fact]
    public async Task While_the_authority_is_away_a_token_is_a_503_and_guests_go_on()
    {
        var alone = Start($"http://127.0.0.1:{GuardedServer.FreePort()}");

        foreach (var refused in new[] { await alone.Http.GetAsync(HttpJson.MyBookings, Rs256(_rsa)), await alone.Http.BookAsync(1, Rs256(_rsa)), await alone.Http.GetAsync(HttpJson.AdminSlots, Rs256(_rsa)) })
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "SERVICE_UNAVAILABLE"), (refused.Status, refused.Code));
            Assert.InRange(int.Parse(refused.Header("Retry-After")!, null), 1, 60);
        }
        Assert.Equal("UNAUTHORIZED", (await alone.Http.GetAsync(HttpJson.MyBookings, token: null)).Code);
        Assert.Equal("UNAUTHORIZED", (await alone.Http.GetAsync(HttpJson.MyBookings, null, ("Authorization", "Basic YTpi"))).Code);
        Assert.Equal(HttpStatusCode.OK, (await alone.Http.GetAsync(HttpJson.Slots, Rs256(_rsa))).Status);
        Assert.Equal(HttpStatusCode.Created, (await alone.Http.BookAsync(await service.SlotInAsync(24))).Status);
        Assert.Contains("refused", Assert.Single(alone.Log.Of(LogLevel.Warning), line => line.Contains("token authority", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Empty(alone.Log.Of(LogLevel.Error));
    }

    [Fact]
    public async Task An_authority_that_hangs_costs_nobody_who_needs_no_token_and_others_a_bounded_wait()
    {
        using var hanging = new TcpListener(IPAddress.Loopback, 0);
        hanging.Start(); // connections are taken by the system, and never answered
        var replica = Start($"http://{hanging.LocalEndpoint}");
        await replica.Http.GetAsync(HttpJson.Slots, token: null);

        var listed = Stopwatch.StartNew();
        Assert.Equal(HttpStatusCode.OK, (await replica.Http.GetAsync(HttpJson.Slots, Rs256(_rsa))).Status);
        Assert.Equal("NOT_FOUND", (await replica.Http.GetAsync("/nowhere", Rs256(_rsa))).Code);
        Assert.True(listed.Elapsed < AuthorityKeys.Timeout / 2, $"{listed.Elapsed}");

        var refused = Stopwatch.StartNew();
        Assert.Equal("SERVICE_UNAVAILABLE", (await replica.Http.GetAsync(HttpJson.MyBookings, Rs256(_rsa))).Code);
        Assert.True(refused.Elapsed < TimeSpan.FromSeconds(5), $"{refused.Elapsed}");
        Assert.Single(replica.Log.Of(LogLevel.Warning), line => line.Contains("no answer within", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_authority_that_comes_back_is_found_without_a_restart()
    {
        await _authority.StopAsync(TestContext.Current.CancellationToken);
        var replica = Start(_address);
        Assert.Equal("SERVICE_UNAVAILABLE", (await replica.Http.GetAsync(HttpJson.MyBookings, Rs256(_rsa))).Code);

        await StartAuthorityAsync();

        Assert.Equal(HttpStatusCode.OK, (await replica.Http.GetAsync(HttpJson.MyBookings, Rs256(_rsa))).Status);
        Assert.Contains(replica.Log.Of(LogLevel.Warning), line => line.Contains("are there", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_that_are_at_hand_outlive_the_authority()
    {
        Assert.Equal(HttpStatusCode.OK, (await ListAsync(Rs256(_rsa))).Status);

        await _authority.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, (await ListAsync(Rs256(_rsa))).Status);
    }

    private Replica Start(string at) => service.StartReplica(
        ("CONSULTATION_JWT_SECRET", ""), ("CONSULTATION_JWT_AUTHORITY", at), ("CONSULTATION_JWT_ISSUER", _address));

    private Task<Answer> ListAsync(string token) => _replica.Http.GetAsync(HttpJson.MyBookings, token);

    private string Rs256(RSA by, string? issuer = null)
    {
        var signed = JwtKit.Unsigned(Payload(issuer ?? _address), """{"alg":"RS256","typ":"JWT","kid":"k1"}""");
        return $"{signed}.{Base64UrlEncoder.Encode(by.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Payload(string issuer) =>
        $$"""{"sub":"customer-1","role":"customer","iss":"{{issuer}}","aud":"{{Tokens.Audience}}","exp":{{JwtKit.InAnHour}}}""";
}
