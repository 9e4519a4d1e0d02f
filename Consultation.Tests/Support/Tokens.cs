using System.Text;
using Consultation.Features;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Consultation.Tests.Support;

/// <summary>Real tokens, signed as the service expects them, and any way to get that wrong.</summary>
internal static class Tokens
{
    public const string Secret = "a-secret-of-the-tests-with-more-than-32-bytes";
    public const string Issuer = "tests";
    public const string Audience = "consultation";

    public static string Customer(string sub = "customer-1", string? name = null, string? email = null, string? phone = null)
    {
        var claims = new Dictionary<string, object> { ["sub"] = sub, ["role"] = Access.CustomerRole };
        foreach (var (claim, value) in new[] { ("name", name), ("email", email), ("phone_number", phone) })
            if (value is not null)
                claims[claim] = value;
        return Mint(claims);
    }

    /// <summary>With all permissions unless some are named.</summary>
    public static string Admin(params string[] permissions) => AdminOf("admin-1", permissions.Length == 0 ? Permission.All : permissions);

    public static string AdminOf(string sub, params string[] permissions) =>
        Mint(new() { ["sub"] = sub, ["role"] = Access.StaffRole, ["permissions"] = permissions });

    public static string Mint(
        Dictionary<string, object> claims,
        string secret = Secret,
        string issuer = Issuer,
        string audience = Audience,
        TimeSpan? expiresIn = null,
        bool expires = true) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            Issuer = issuer,
            Audience = audience,
            Expires = expires ? DateTime.UtcNow + (expiresIn ?? TimeSpan.FromHours(1)) : null,
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)), SecurityAlgorithms.HmacSha256),
        });
}
