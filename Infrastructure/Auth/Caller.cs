using System.Security.Claims;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Consultation.Infrastructure.Auth;

/// <summary>Reads who a validated token is about, and what it permits.</summary>
internal static class Caller
{
    public const string SubClaim = "sub";
    public const string RoleClaim = "role";
    public const string PermissionsClaim = "permissions";
    public const string CustomerRole = "customer";
    public const string AdminRole = "admin";

    private const int CustomerIdLength = 64;
    private const int SubLength = 255;

    public static string? Sub(this ClaimsPrincipal user) => user.FindFirstValue(SubClaim);

    public static bool IsCustomer(this ClaimsPrincipal user) => user.IsInRole(CustomerRole);

    /// <summary>A claim that is text, trimmed; null when there is none or it is blank.</summary>
    /// <returns>False when the claim is there and is something else: a number, an object, several texts.</returns>
    public static bool TryText(this ClaimsPrincipal user, string type, out string? text)
    {
        var claims = user.FindAll(type).Where(claim => claim.ValueType != JsonClaimValueTypes.JsonNull).ToList();
        text = claims is [{ ValueType: ClaimValueTypes.String } claim] && claim.Value.Trim() is { Length: > 0 } value ? value : null;
        return claims.Count == 0 || claims is [{ ValueType: ClaimValueTypes.String }];
    }

    /// <summary>A subject names somebody: it has to be there, to be storable text, and as short as an id is.</summary>
    public static bool HasValidSub(this ClaimsPrincipal user)
    {
        var sub = user.Sub();
        return !string.IsNullOrWhiteSpace(sub)
            && sub.Length <= (user.IsCustomer() ? CustomerIdLength : SubLength)
            && !sub.EnumerateRunes().Any(rune => Rune.IsControl(rune) || rune == Rune.ReplacementChar); // which a lone surrogate reads as
    }
}
