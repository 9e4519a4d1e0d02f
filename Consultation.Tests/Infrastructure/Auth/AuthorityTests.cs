using System.Net;
using System.Security.Cryptography;
using System.Text;
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
        var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_rsa.ExportParameters(includePrivateParameters: false)) { KeyId = "k1" });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _authority = builder.Build();
        _authority.Urls.Add(_address);
        _authority.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = _address, jwks_uri = $"{_address}/keys" }));
        _authority.MapGet("/keys", () => Results.Json(new { keys = new[] { new { kty = key.Kty, kid = key.KeyId, n = key.N, e = key.E, use = "sig" } } }));
        await _authority.StartAsync();
        _replica = Start(_address);
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
    public async Task While_the_authority_cannot_be_reached_a_token_is_refused_and_guests_go_on()
    {
        var alone = Start($"http://127.0.0.1:{GuardedServer.FreePort()}");

        Assert.Equal("UNAUTHORIZED", (await alone.Http.GetAsync(HttpJson.MyBookings, Rs256(_rsa))).Code);
        Assert.Equal(HttpStatusCode.OK, (await alone.Http.GetAsync(HttpJson.Slots, Rs256(_rsa))).Status);
        Assert.Equal(HttpStatusCode.Created, (await alone.Http.BookAsync(await service.SlotInAsync(24))).Status);
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
