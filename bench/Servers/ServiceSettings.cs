using System.Security.Cryptography;
using System.Text;

namespace Consultation.Bench.Servers;

/// <summary>How the service is set: as in production, but for limits that a load cannot reach. They count all the same.</summary>
internal static class ServiceSettings
{
    private const string Secret = "a-secret-of-the-benchmark-with-32-bytes";
    private const string Issuer = "bench";

    /// <summary>A token of staff who may create slots.</summary>
    internal static string StaffToken()
    {
        var expires = DateTimeOffset.UtcNow.AddHours(6).ToUnixTimeSeconds();
        var claims = $$"""
            {"iss":"{{Issuer}}","aud":"{{Issuer}}","exp":{{expires}},"sub":"a","role":"admin","permissions":["consultation:slots:write"]}
            """;
        var signed = $"{Encode("""{"alg":"HS256","typ":"JWT"}""")}.{Encode(claims)}";
        return $"{signed}.{Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(signed)))}";
    }

    internal static Dictionary<string, string> For(int port, string postgres, int redisPort)
    {
        var settings = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["ConnectionStrings__Postgres"] = postgres,
            ["ConnectionStrings__Redis"] = $"127.0.0.1:{redisPort}",
            ["CONSULTATION_JWT_SECRET"] = Secret,
            ["CONSULTATION_JWT_ISSUER"] = Issuer,
            ["CONSULTATION_JWT_AUDIENCE"] = Issuer,
        };
        foreach (var policy in new[] { "PUBLIC_BOOK", "PUBLIC_SLOTS", "ADMIN" })
        {
            settings[$"CONSULTATION_{policy}_RATE_LIMIT"] = "1000000";
            settings[$"CONSULTATION_{policy}_RATE_WINDOW_SECONDS"] = "1";
        }

        return settings;
    }

    private static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
