using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Consultation.Tests.Support;

/// <summary>Tokens put together by hand, for what no library would write.</summary>
internal static class JwtKit
{
    public static long InAnHour => DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();

    /// <summary>The payload as it is, signed with HMAC by the algorithm's name and the secret's bytes.</summary>
    public static string Sign(string payload, string algorithm = "HS256", byte[]? secret = null)
    {
        var signed = Unsigned(payload, $$"""{"alg":"{{algorithm}}","typ":"JWT"}""");
        var (key, data) = (secret ?? Encoding.UTF8.GetBytes(Tokens.Secret), Encoding.ASCII.GetBytes(signed));
        var signature = algorithm switch
        {
            "HS384" => HMACSHA384.HashData(key, data),
            "HS512" => HMACSHA512.HashData(key, data),
            _ => HMACSHA256.HashData(key, data),
        };
        return $"{signed}.{Base64UrlEncoder.Encode(signature)}";
    }

    /// <summary>Header and payload, without a signature.</summary>
    public static string Unsigned(string payload, string header = """{"alg":"none"}""") =>
        $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(payload)}";
}
