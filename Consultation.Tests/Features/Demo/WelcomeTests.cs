using System.Text;
using System.Text.RegularExpressions;
using Consultation.Features.Demo;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Consultation.Tests.Features.Demo;

public sealed partial class WelcomeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Its_tokens_are_valid_and_carry_what_the_contract_asks_for()
    {
        var (text, settings) = await TextAsync([]);
        var tokens = Token().Matches(text).Select(match => match.Value).Distinct().ToArray();

        Assert.Equal(2, tokens.Length);
        var customer = await ReadAsync(tokens[0], settings);
        Assert.Equal("demo-customer", customer.Subject);
        Assert.Equal("customer", customer.GetClaim("role").Value);
        Assert.All(["name", "email", "phone_number"], claim => Assert.NotEmpty(customer.GetClaim(claim).Value));
        var admin = await ReadAsync(tokens[1], settings);
        Assert.Equal("demo-admin", admin.Subject);
        Assert.Equal("admin", admin.GetClaim("role").Value);
        Assert.Equal(
            ["consultation:slots:read", "consultation:slots:write", "consultation:bookings:read", "consultation:bookings:write"],
            admin.GetPayloadValue<string[]>("permissions"));
    }

    [Fact]
    public async Task It_names_an_address_that_a_browser_can_open()
    {
        var (text, _) = await TextAsync([]);

        Assert.Contains("http://localhost:5080/scalar", text, StringComparison.Ordinal);
        Assert.Contains("http://localhost:5080/openapi/v1.json", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_secret_of_ones_own_it_makes_no_token()
    {
        var (text, _) = await TextAsync(new() { ["CONSULTATION_JWT_SECRET"] = new string('s', 32) });

        Assert.DoesNotMatch(Token(), text);
        Assert.Contains("none made here", text, StringComparison.Ordinal);
    }

    private async Task<(string Text, IConfiguration Settings)> TextAsync(Dictionary<string, string?> more)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?>(more)
        {
            ["ConnectionStrings:Postgres"] = "Host=elsewhere",
            ["ConnectionStrings:Redis"] = "elsewhere:6379",
        });
        await using var embedded = await EmbeddedServers.StartAsync(configuration, _folder.Path, TestContext.Current.CancellationToken);
        configuration.AddInMemoryCollection(embedded.Settings);
        return (Welcome.Text(embedded, ["https://[::]:5443", "http://[::]:5080"], configuration), configuration);
    }

    private static async Task<JsonWebToken> ReadAsync(string token, IConfiguration settings)
    {
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = settings["CONSULTATION_JWT_ISSUER"],
            ValidAudience = settings["CONSULTATION_JWT_AUDIENCE"],
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(settings["CONSULTATION_JWT_SECRET"]!)),
        });
        Assert.True(result.IsValid, result.Exception?.Message);
        return (JsonWebToken)result.SecurityToken;
    }

    [GeneratedRegex(@"eyJ[\w-]+\.[\w-]+\.[\w-]+")]
    private static partial Regex Token();
}
