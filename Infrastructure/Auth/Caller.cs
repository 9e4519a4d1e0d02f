using System.Security.Claims;
using System.Text;
using Consultation.Infrastructure.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Consultation.Infrastructure.Auth;

/// <summary>Reads who a validated token is about, and what it permits.</summary>
internal static class Caller
{
    public const string SubClaim = "sub";

    public static string? Sub(this ClaimsPrincipal user) => user.FindFirstValue(SubClaim);

    /// <summary>A claim that is text, read as those that clients send; null when there is none or it is blank.</summary>
    /// <returns>False when the claim is there and is something else: a number, an object, several texts.</returns>
    public static bool TryText(this ClaimsPrincipal user, string type, out string? text)
    {
        var claims = user.FindAll(type).Where(claim => claim.ValueType != JsonClaimValueTypes.JsonNull).ToList();
        text = claims is [{ ValueType: ClaimValueTypes.String } claim] ? PlainText.Of(claim.Value) : null;
        return claims.Count == 0 || claims is [{ ValueType: ClaimValueTypes.String }];
    }

    /// <summary>Whether one of a claim's values is this one. They come as a list, or as one text with spaces between (as the scopes of OAuth do).</summary>
    public static bool Grants(this ClaimsPrincipal user, string type, string value)
    {
        var claims = user.FindAll(type).ToList();
        return claims is [{ ValueType: ClaimValueTypes.String } only]
            ? only.Value.Split(' ').Contains(value)
            : claims.Exists(claim => claim.Value == value);
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
