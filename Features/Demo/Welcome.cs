using System.Text;
using Consultation.Infrastructure.Embedded;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Consultation.Features.Demo;

/// <summary>What <c>dotnet run</c> tells the person who typed it: where everything is, and what to try first.</summary>
internal static class Welcome
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromDays(30);

    private static readonly Dictionary<string, object> Customer = new()
    {
        ["sub"] = "demo-customer",
        ["role"] = "customer",
        ["name"] = "Dana Demo",
        ["email"] = "dana.demo@example.com",
        ["phone_number"] = "+1 555 0100",
    };

    private static readonly Dictionary<string, object> Admin = new()
    {
        ["sub"] = "demo-admin",
        ["role"] = "admin",
        ["permissions"] = new[]
        {
            "consultation:slots:read", "consultation:slots:write", "consultation:bookings:read", "consultation:bookings:write",
        },
    };

    /// <summary>Holds tokens: for the console of a development build, never for a log.</summary>
    internal static string Text(EmbeddedServers embedded, IEnumerable<string> urls, IConfiguration configuration, TimeProvider? time = null)
    {
        var root = Reachable(urls);
        var now = (time ?? TimeProvider.System).GetUtcNow();
        var secretIsOurs = embedded.Settings.ContainsKey("CONSULTATION_JWT_SECRET");
        var admin = secretIsOurs ? Mint(Admin, configuration, now) : "<admin token>";
        var tokens = secretIsOurs
            ? $"""
              Tokens, valid for {TokenLife.TotalDays:0} days
                customer  {Mint(Customer, configuration, now)}
                admin     {admin}
              """
            : "Tokens: none made here, for the secret or the authority that they are checked by is your own.";

        return $$"""

            Consultation listens on {{root}}
              demo        {{root}}/
              docs        {{root}}/scalar
              OpenAPI     {{root}}/openapi/v1.json
              PostgreSQL  {{(embedded.Postgres is { } postgres ? $"{postgres.Description}, 127.0.0.1:{postgres.Port}, data in {postgres.DataFolder}" : "the one of ConnectionStrings:Postgres")}}
              Redis       {{(embedded.Redis is { } redis ? $"{redis.Description}, {redis.ConnectionString}, data in {redis.DataFolder}" : "the one of ConnectionStrings:Redis")}}
            {{(embedded.Postgres?.Notice is { } notice ? $"  {notice}\n" : "")}}
            {{tokens}}

            Try first
              List the open slots:
            curl -sw '\n' {{root}}/api/consultations/slots

              Book the first of them as a guest:
            curl -sw '\n' {{root}}/api/consultations/book -H 'Content-Type: application/json' -d '{"slotId":'$(curl -s {{root}}/api/consultations/slots | grep -o '"id":[0-9]*' | head -n 1 | cut -d : -f 2)',"name":"Gale Guest","email":"gale.guest@example.com","phone":"+1 555 0199"}'

              See the bookings as an admin:
            curl -sw '\n' {{root}}/api/admin/consultations/bookings -H 'Authorization: Bearer {{admin}}'

            """;
    }

    /// <summary>Null when the secret is not ours.</summary>
    internal static string? AdminToken(EmbeddedServers embedded, IConfiguration configuration) =>
        embedded.Settings.ContainsKey("CONSULTATION_JWT_SECRET") ? Mint(Admin, configuration, DateTimeOffset.UtcNow) : null;

    internal static DemoTokens Tokens(EmbeddedServers? embedded, IConfiguration configuration) =>
        embedded is not null && AdminToken(embedded, configuration) is { } staff
            ? new(Mint(Customer, configuration, DateTimeOffset.UtcNow), staff)
            : new(null, null);

    private static string Mint(Dictionary<string, object> claims, IConfiguration configuration, DateTimeOffset now) =>
        new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            Issuer = configuration["CONSULTATION_JWT_ISSUER"],
            Audience = configuration["CONSULTATION_JWT_AUDIENCE"],
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + TokenLife).UtcDateTime,
            SigningCredentials = new SigningCredentials(
                new SymmetricSecurityKey(Encoding.UTF8.GetBytes(configuration["CONSULTATION_JWT_SECRET"]!)), SecurityAlgorithms.HmacSha256),
        });

    /// <summary>The first address, http before https, with a host that a browser can be sent to.</summary>
    internal static string Reachable(IEnumerable<string> urls)
    {
        var address = BindingAddress.Parse(urls.OrderBy(url => url.StartsWith("https:", StringComparison.Ordinal)).First());
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        return $"{address.Scheme}://{host}:{address.Port}";
    }
}
