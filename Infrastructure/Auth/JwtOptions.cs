using System.Text;
using Consultation.Infrastructure.Configuration;

namespace Consultation.Infrastructure.Auth;

/// <summary>Who signs tokens: a shared secret (with the one before it, while it is being rotated) or an OpenID Connect authority.</summary>
internal sealed record JwtOptions
{
    private const int SecretBytes = 32;
    private const string DefaultRoleClaim = "role";

    public string? Secret { get; init; }
    public string? PreviousSecret { get; init; }
    public Uri? Authority { get; init; }
    public required string Issuer { get; init; }
    public required string Audience { get; init; }

    /// <summary>What the claim is called that holds the roles; providers have names of their own.</summary>
    public string RoleClaim { get; init; } = DefaultRoleClaim;

    public static JwtOptions Read(ConfigurationReader reader)
    {
        const string SecretKey = "CONSULTATION_JWT_SECRET", PreviousKey = "CONSULTATION_JWT_SECRET_PREVIOUS", AuthorityKey = "CONSULTATION_JWT_AUTHORITY";
        var (secret, authority) = (reader.Text(SecretKey), reader.Text(AuthorityKey));
        var isUri = Uri.TryCreate(authority, UriKind.Absolute, out var authorityUri);
        var shown = authorityUri is { UserInfo.Length: > 0 } ? null : authority;

        if (secret is null && authority is null)
            reader.Missing(SecretKey, $"a secret of at least {SecretBytes} bytes, or {AuthorityKey}");
        if (secret is not null && authority is not null)
            reader.Refuse(AuthorityKey, shown, $"either an authority or {SecretKey}, not both");
        CheckSecret(reader, SecretKey, secret);
        CheckSecret(reader, PreviousKey, reader.Text(PreviousKey));
        if (authority is not null && !(isUri && (authorityUri!.Scheme == Uri.UriSchemeHttps || (reader.IsDevelopment && authorityUri.Scheme == Uri.UriSchemeHttp))))
            reader.Refuse(AuthorityKey, shown, "an absolute https address (http only in development)");

        return new JwtOptions
        {
            Secret = secret,
            PreviousSecret = reader.Text(PreviousKey),
            Authority = authorityUri,
            Issuer = reader.Required("CONSULTATION_JWT_ISSUER", "the issuer of the tokens"),
            Audience = reader.Required("CONSULTATION_JWT_AUDIENCE", "the audience of the tokens"),
            RoleClaim = reader.Name("CONSULTATION_JWT_ROLE_CLAIM", DefaultRoleClaim),
        };
    }

    private static void CheckSecret(ConfigurationReader reader, string key, string? secret)
    {
        if (secret is not null && Encoding.UTF8.GetByteCount(secret) < SecretBytes)
            reader.Refuse(key, null, $"at least {SecretBytes} bytes");
        else if (reader.IsKnownToAll(secret))
            reader.Refuse(key, null, "a secret of your own outside development, not the example's");
    }
}
