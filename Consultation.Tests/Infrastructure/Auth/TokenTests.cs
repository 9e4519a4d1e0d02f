using System.Net;
using System.Text;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.Auth;

/// <summary>Tokens that are taken, and the edges of what is; <see cref="AccessTests"/> has those that never are.</summary>
public sealed class TokenTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string Previous = "the-secret-before-it-with-more-than-32-bytes";

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_token_put_together_by_hand_is_taken_so_that_the_bad_ones_are_bad_for_one_reason() =>
        await IsTakenAsync(JwtKit.Sign(Payload("customer-1")));

    [Fact]
    public async Task A_token_that_has_just_expired_is_taken_within_the_skew() =>
        await IsTakenAsync(Tokens.Mint(new() { ["sub"] = "x", ["role"] = "customer" }, expiresIn: TimeSpan.FromSeconds(-10)));

    [Fact]
    public async Task A_token_that_expired_more_than_the_skew_ago_is_not() =>
        await IsRefusedAsync(Tokens.Mint(new() { ["sub"] = "x", ["role"] = "customer" }, expiresIn: TimeSpan.FromSeconds(-32)));

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task A_customers_subject_has_up_to_64_characters(int length)
    {
        var sub = new string('s', length);
        var booked = await service.Http.BookAsync(await service.SlotInAsync(24), Tokens.Customer(sub));

        Assert.Equal(HttpStatusCode.Created, booked.Status);
        Assert.Equal(sub, await service.ScalarAsync<string>("select customer_id from consultation_booking"));
    }

    [Fact]
    public async Task A_customers_subject_of_65_characters_is_refused() => await IsRefusedAsync(Tokens.Customer(new string('s', 65)));

    [Fact]
    public async Task An_admins_subject_may_be_longer() =>
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(HttpJson.AdminSlots, Tokens.AdminOf(new string('s', 65), "consultation:slots:read"))).Status);

    [Fact]
    public async Task One_permission_may_be_a_text_instead_of_an_array() =>
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(
            HttpJson.AdminSlots, Tokens.Mint(new() { ["sub"] = "a", ["role"] = "admin", ["permissions"] = "consultation:slots:read" }))).Status);

    [Theory]
    [InlineData("consultation:bookings:read consultation:slots:read", 200)]
    [InlineData(" consultation:slots:read  consultation:bookings:read ", 200)]
    [InlineData("consultation:slots:write consultation:bookings:read", 403)]
    [InlineData("consultation:slots:read,consultation:bookings:read", 403)]
    [InlineData("xconsultation:slots:read", 403)]
    [InlineData("consultation:slots:reader", 403)]
    [InlineData("", 403)]
    public async Task Permissions_may_be_one_text_with_spaces_between(string permissions, int status)
    {
        var answer = await service.Http.GetAsync(HttpJson.AdminSlots, Tokens.Mint(new() { ["sub"] = "a", ["role"] = "admin", ["permissions"] = permissions }));

        Assert.Equal(status, (int)answer.Status);
    }

    [Fact]
    public async Task The_claims_of_role_and_permissions_may_have_other_names()
    {
        var replica = service.StartReplica(("CONSULTATION_JWT_ROLE_CLAIM", "https://shop.example/roles"), ("CONSULTATION_JWT_PERMISSIONS_CLAIM", "scope"));
        var admin = Tokens.Mint(new() { ["sub"] = "a", ["https://shop.example/roles"] = new[] { "editor", "admin" }, ["scope"] = "openid consultation:slots:read" });

        Assert.Equal(HttpStatusCode.OK, (await replica.Http.GetAsync(HttpJson.AdminSlots, admin)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await replica.Http.GetAsync(HttpJson.AdminBookings, admin)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await replica.Http.GetAsync(HttpJson.AdminSlots, Tokens.Admin())).Status);
        Assert.Equal(HttpStatusCode.OK, (await replica.Http.GetAsync(HttpJson.MyBookings, Tokens.Mint(new() { ["sub"] = "c", ["https://shop.example/roles"] = "customer" }))).Status);
    }

    [Fact]
    public async Task A_list_of_roles_counts_for_each_of_its_entries()
    {
        var both = Tokens.Mint(new() { ["sub"] = "b", ["role"] = new[] { "admin", "customer" }, ["permissions"] = new[] { "consultation:slots:read" } });

        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(HttpJson.AdminSlots, both)).Status);
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(HttpJson.MyBookings, both)).Status);
    }

    [Fact]
    public async Task An_audience_may_be_one_of_several() =>
        await IsTakenAsync(JwtKit.Sign($$"""{"sub":"x","role":"customer","iss":"{{Tokens.Issuer}}","aud":["other","{{Tokens.Audience}}"],"exp":{{JwtKit.InAnHour}}}"""));

    [Theory]
    [InlineData("bearer")]
    [InlineData("BEARER")]
    public async Task The_scheme_is_known_in_any_case(string scheme) =>
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(HttpJson.MyBookings, null, ("Authorization", $"{scheme} {Tokens.Customer()}"))).Status);

    [Fact]
    public async Task A_token_anywhere_but_in_the_header_is_none()
    {
        Assert.Equal("UNAUTHORIZED", (await service.Http.GetAsync($"{HttpJson.MyBookings}?access_token={Tokens.Customer()}", token: null)).Code);
        Assert.Equal("UNAUTHORIZED", (await service.Http.GetAsync(HttpJson.MyBookings, null, ("Cookie", $"token={Tokens.Customer()}"))).Code);
    }

    [Fact]
    public async Task While_the_secret_is_being_rotated_the_one_before_it_is_taken_too()
    {
        var replica = service.StartReplica(("CONSULTATION_JWT_SECRET_PREVIOUS", Previous));
        var byPrevious = JwtKit.Sign(Payload("x"), secret: Encoding.UTF8.GetBytes(Previous));

        Assert.Equal(HttpStatusCode.OK, (await replica.Http.GetAsync(HttpJson.MyBookings, byPrevious)).Status);
        Assert.Equal(HttpStatusCode.OK, (await replica.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer())).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await replica.Http.GetAsync(HttpJson.MyBookings, BadTokens.All["wrong key"])).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.StartReplica().Http.GetAsync(HttpJson.MyBookings, byPrevious)).Status);
    }

    [Fact]
    public async Task No_token_and_no_secret_reaches_the_log()
    {
        var replica = service.StartReplica();
        var token = Tokens.Customer("logged");
        await replica.Http.GetAsync(HttpJson.MyBookings, token);
        await replica.Http.GetAsync(HttpJson.MyBookings, BadTokens.All["wrong key"]);

        Assert.DoesNotContain(replica.Log.All, line =>
            line.Text.Contains(token, StringComparison.Ordinal)
            || line.Text.Contains(BadTokens.All["wrong key"], StringComparison.Ordinal)
            || line.Text.Contains(Tokens.Secret, StringComparison.Ordinal));
    }

    private static string Payload(string sub) =>
        $$"""{"sub":"{{sub}}","role":"customer","iss":"{{Tokens.Issuer}}","aud":"{{Tokens.Audience}}","exp":{{JwtKit.InAnHour}}}""";

    private async Task IsTakenAsync(string token) => Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(HttpJson.MyBookings, token)).Status);

    private async Task IsRefusedAsync(string token) => Assert.Equal("UNAUTHORIZED", (await service.Http.GetAsync(HttpJson.MyBookings, token)).Code);
}
