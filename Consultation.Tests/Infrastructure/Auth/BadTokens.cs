using System.Security.Cryptography;
using System.Text;
using Consultation.Tests.Support;
using Microsoft.IdentityModel.Tokens;

namespace Consultation.Tests.Infrastructure.Auth;

/// <summary>Tokens that must not be taken, by what is wrong with them. All would be an admin of every permission.</summary>
internal static class BadTokens
{
    private static readonly string Payload = Of($"\"exp\":{JwtKit.InAnHour}");

    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["no algorithm"] = JwtKit.Unsigned(Payload) + ".",
        ["no algorithm and no third part"] = JwtKit.Unsigned(Payload),
        ["no algorithm in capitals"] = JwtKit.Unsigned(Payload, """{"alg":"NONE"}""") + ".",
        ["no algorithm but a signature"] = JwtKit.Unsigned(Payload) + ".AAAA",
        ["signature left out"] = JwtKit.Unsigned(Payload, """{"alg":"HS256"}""") + ".",
        ["wrong key"] = JwtKit.Sign(Payload, secret: Encoding.UTF8.GetBytes("another-secret-of-more-than-32-bytes-in-length")),
        ["empty key"] = JwtKit.Sign(Payload, secret: []),
        ["HS384 with the right secret"] = JwtKit.Sign(Payload, "HS384"),
        ["HS512 with the right secret"] = JwtKit.Sign(Payload, "HS512"),
        ["HS256 said in lower case"] = JwtKit.Sign(Payload, "hs256"),
        ["RS256 of a key of one's own"] = Rs256(Payload),
        ["payload changed after signing"] = Tampered(),
        ["wrong issuer"] = JwtKit.Sign(Of($"\"exp\":{JwtKit.InAnHour}", issuer: "another")),
        ["wrong audience"] = JwtKit.Sign(Of($"\"exp\":{JwtKit.InAnHour}", audience: "another")),
        ["no issuer"] = JwtKit.Sign($$"""{"sub":"x","role":"admin","aud":"{{Tokens.Audience}}","exp":{{JwtKit.InAnHour}}}"""),
        ["no audience"] = JwtKit.Sign($$"""{"sub":"x","role":"admin","iss":"{{Tokens.Issuer}}","exp":{{JwtKit.InAnHour}}}"""),
        ["no expiry"] = JwtKit.Sign(Of("\"x\":1")),
        ["expired beyond the skew"] = JwtKit.Sign(Of($"\"exp\":{JwtKit.InAnHour - 3600 - 60}")),
        ["not yet valid beyond the skew"] = JwtKit.Sign(Of($"\"exp\":{JwtKit.InAnHour},\"nbf\":{JwtKit.InAnHour - 60}")),
        ["expiry as a text"] = JwtKit.Sign(Of("\"exp\":\"tomorrow\"")),
        ["expiry beyond numbers"] = JwtKit.Sign(Of("\"exp\":1e400")),
        ["negative expiry"] = JwtKit.Sign(Of("\"exp\":-1")),
        ["no subject"] = JwtKit.Sign(Of($"\"exp\":{JwtKit.InAnHour}", subject: null)),
        ["empty subject"] = JwtKit.Sign(Of($"\"exp\":{JwtKit.InAnHour}", subject: "")),
        ["blank subject"] = JwtKit.Sign(Of($"\"exp\":{JwtKit.InAnHour}", subject: "  ")),
        ["subject with a nul"] = JwtKit.Sign(Of($"\"exp\":{JwtKit.InAnHour}", subject: "a\\u0000b")),
        ["customer with a subject over 64"] = JwtKit.Sign(Of($"\"exp\":{JwtKit.InAnHour}", subject: new string('s', 65), role: "customer")),
        ["payload that is no object"] = JwtKit.Sign("[1,2]"),
        ["payload that is no json"] = JwtKit.Sign("nothing"),
        ["garbage"] = "garbage",
        ["garbage with dots"] = "a.b.c",
        ["five parts"] = "a.b.c.d.e",
        ["dots alone"] = "..",
        ["very long"] = new string('x', 6000),
    };

    private static string Of(string more, string? subject = "x", string role = "admin", string issuer = Tokens.Issuer, string audience = Tokens.Audience) =>
        $$"""
        {{{(subject is null ? "" : $"\"sub\":\"{subject}\",")}}"role":"{{role}}","iss":"{{issuer}}","aud":"{{audience}}",
        "permissions":["consultation:slots:read","consultation:slots:write","consultation:bookings:read","consultation:bookings:write"],{{more}}}
        """;

    private static string Rs256(string payload)
    {
        using var rsa = RSA.Create(2048);
        var signed = JwtKit.Unsigned(payload, """{"alg":"RS256","typ":"JWT"}""");
        return $"{signed}.{Base64UrlEncoder.Encode(rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Tampered()
    {
        var parts = Tokens.Customer().Split('.');
        return $"{parts[0]}.{Base64UrlEncoder.Encode(Payload)}.{parts[2]}";
    }
}
