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

    public static string? Sub(this ClaimsPrincipal user) => user.FindFirstValue(SubClaim);

    /// <summary>A claim that is text, trimmed; null when there is none or it is blank.</summary>
    /// <returns>False when the claim is there and is something else: a number, an object, several texts.</returns>
    public static bool TryText(this ClaimsPrincipal user, string type, out string? text)
    {
        var claims = user.FindAll(type).Where(claim => claim.ValueType != JsonClaimValueTypes.JsonNull).ToList();
        text = claims is [{ ValueType: ClaimValueTypes.String } claim] && claim.Value.Trim() is { Length: > 0 } value ? value : null;
        return claims.Count == 0 || claims is [{ ValueType: ClaimValueTypes.String }];
    }

    /// <summary>A subject names somebody: it has to be there, to be storable text, and as short as an id is.</summary>
    public static bool HasSubject(this ClaimsPrincipal user, int atMost)
    {
        var sub = user.Sub();
        return !string.IsNullOrWhiteSpace(sub)
            && sub.Length <= atMost
            && !sub.EnumerateRunes().Any(rune => Rune.IsControl(rune) || rune == Rune.ReplacementChar); // which a lone surrogate reads as
    }
}
