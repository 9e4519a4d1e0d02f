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
    private readonly RSA rsa = RSA.Create(2048);
    private readonly string address = $"http://127.0.0.1:{GuardedServer.FreePort()}";
    private WebApplication authority = null!;
    private Replica replica = null!;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: false)) { KeyId = "k1" });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        authority = builder.Build();
        authority.Urls.Add(address);
        authority.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = address, jwks_uri = $"{address}/keys" }));
        authority.MapGet("/keys", () => Results.Json(new { keys = new[] { new { kty = key.Kty, kid = key.KeyId, n = key.N, e = key.E, use = "sig" } } }));
        await authority.StartAsync();
        replica = Start(address);
    }

    public async ValueTask DisposeAsync()
    {
        await authority.DisposeAsync();
        rsa.Dispose();
    }

    [Fact]
    public async Task A_token_by_the_authoritys_key_is_taken() => Assert.Equal(HttpStatusCode.OK, (await ListAsync(Rs256(rsa))).Status);

    [Theory]
    [InlineData("raw")]
    [InlineData("pem")]
    [InlineData("modulus")]
    public async Task A_token_signed_with_the_public_key_as_if_it_were_a_secret_is_refused(string form)
    {
        var secret = form switch
        {
            "raw" => rsa.ExportSubjectPublicKeyInfo(),
            "pem" => Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()),
            _ => rsa.ExportParameters(includePrivateParameters: false).Modulus!,
        };

        Assert.Equal("UNAUTHORIZED", (await ListAsync(JwtKit.Sign(Payload(address), secret: secret))).Code);
    }

    [Fact]
    public async Task A_token_by_another_key_or_by_the_secret_or_by_none_is_refused()
    {
        using var another = RSA.Create(2048);

        Assert.Equal("UNAUTHORIZED", (await ListAsync(Rs256(another))).Code);
        Assert.Equal("UNAUTHORIZED", (await ListAsync(JwtKit.Sign(Payload(address)))).Code);
        Assert.Equal("UNAUTHORIZED", (await ListAsync(JwtKit.Unsigned(Payload(address)) + ".")).Code);
    }

    [Fact]
    public async Task The_authority_does_not_stand_in_for_the_issuer()
    {
        Assert.Equal("UNAUTHORIZED", (await ListAsync(Rs256(rsa, issuer: "another"))).Code);
    }

    [Fact]
    public async Task While_the_authority_cannot_be_reached_a_token_is_refused_and_guests_go_on()
    {
        var alone = Start($"http://127.0.0.1:{GuardedServer.FreePort()}");

        Assert.Equal("UNAUTHORIZED", (await alone.Http.GetAsync(HttpJson.MyBookings, Rs256(rsa))).Code);
        Assert.Equal(HttpStatusCode.OK, (await alone.Http.GetAsync(HttpJson.Slots, Rs256(rsa))).Status);
        Assert.Equal(HttpStatusCode.Created, (await alone.Http.BookAsync(await service.SlotInAsync(24))).Status);
    }

    private Replica Start(string at) => service.StartReplica(
        ("CONSULTATION_JWT_SECRET", ""), ("CONSULTATION_JWT_AUTHORITY", at), ("CONSULTATION_JWT_ISSUER", address));

    private Task<Answer> ListAsync(string token) => replica.Http.GetAsync(HttpJson.MyBookings, token);

    private string Rs256(RSA by, string? issuer = null)
    {
        var signed = JwtKit.Unsigned(Payload(issuer ?? address), """{"alg":"RS256","typ":"JWT","kid":"k1"}""");
        return $"{signed}.{Base64UrlEncoder.Encode(by.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Payload(string issuer) =>
        $$"""{"sub":"customer-1","role":"customer","iss":"{{issuer}}","aud":"{{Tokens.Audience}}","exp":{{JwtKit.InAnHour}}}""";
}
