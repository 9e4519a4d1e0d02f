using System.Net;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.BookSlot;

/// <summary>Who books, what is kept, and what is answered.</summary>
public sealed class BookSlotTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private sealed record Row(long SlotId, string? CustomerId, string Name, string Email, string Phone, string? Message, string Status);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("/api/consultations/book")]
    [InlineData("/api/mobile/consultations/book")]
    public async Task A_guest_books_and_is_told_everything_about_it(string path)
    {
        var slot = await service.SlotInAsync(24);
        var listed = (await service.Http.GetAsync(HttpJson.Slots, token: null))["items"][0]!;

        var answer = await service.Http.BookAsync(BookingRequest.For(slot, ("message", "Ground floor, please")), path: path);

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(["id", "status", "slot", "name", "email", "phone", "message", "createdAt", "accessKey"], answer.Body!.AsObject().Select(member => member.Key));
        Assert.Equal("pending", answer["status"].GetValue<string>());
        Assert.Equal(listed.ToJsonString(), answer["slot"].ToJsonString());
        Assert.Equal("Ada Lovelace", answer["name"].GetValue<string>());
        Assert.Equal("ada@example.org", answer["email"].GetValue<string>());
        Assert.Equal("+44 20 7946 0000", answer["phone"].GetValue<string>());
        Assert.Equal("Ground floor, please", answer["message"].GetValue<string>());
        Assert.EndsWith("Z", answer["createdAt"].GetValue<string>(), StringComparison.Ordinal);
        Assert.InRange(answer["createdAt"].GetValue<DateTimeOffset>(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.Null(answer.Header("Idempotency-Replayed"));
        Assert.Equal(
            new Row(slot, null, "Ada Lovelace", "ada@example.org", "+44 20 7946 0000", "Ground floor, please", "pending"), await RowAsync(answer));
    }

    [Fact]
    public async Task A_message_that_is_left_out_is_null()
    {
        var answer = await service.Http.BookAsync(BookingRequest.For(await service.SlotInAsync(24)));

        Assert.True(answer.Body!.AsObject().ContainsKey("message"));
        Assert.Null(answer.Body["message"]);
    }

    [Fact]
    public async Task A_booked_slot_is_listed_no_more()
    {
        var slot = await service.SlotInAsync(24);
        Assert.Single((await service.Http.GetAsync(HttpJson.Slots, token: null))["items"].AsArray());

        await service.Http.BookAsync(slot);

        Assert.Empty((await service.Http.GetAsync(HttpJson.Slots, token: null))["items"].AsArray());
    }

    [Theory]
    [InlineData("name")]
    [InlineData("email")]
    [InlineData("phone")]
    public async Task A_guest_has_to_give_every_contact_member(string member)
    {
        var slot = await service.SlotInAsync(24);
        var without = BookingRequest.For(slot);
        without.Remove(member);

        foreach (var body in new[] { without, BookingRequest.For(slot, (member, null)), BookingRequest.For(slot, (member, "")), BookingRequest.For(slot, (member, " \t ")) })
        {
            var refused = await service.Http.BookAsync(body);
            Assert.Equal("VALIDATION_FAILED", refused.Code);
            Assert.Equal([member], refused.BadMembers);
        }
        Assert.Equal(0, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
    }

    [Fact]
    public async Task A_customer_books_under_the_tokens_subject()
    {
        var answer = await service.Http.BookAsync(BookingRequest.For(await service.SlotInAsync(24)), Tokens.Customer("customer-7"));

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal("customer-7", (await RowAsync(answer)).CustomerId);
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("null")]
    [InlineData("blank")]
    public async Task What_a_customer_leaves_out_comes_from_the_token(string how)
    {
        var slot = await service.SlotInAsync(24);
        var body = how switch
        {
            "absent" => new JsonObject { ["slotId"] = slot },
            "null" => BookingRequest.For(slot, ("name", null), ("email", null), ("phone", null)),
            _ => BookingRequest.For(slot, ("name", ""), ("email", "  "), ("phone", "\t\r\n")),
        };

        var answer = await service.Http.BookAsync(body, Tokens.Customer("grace", " Grace Hopper ", "grace@example.org", "555 01 23"));

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(new Row(slot, "grace", "Grace Hopper", "grace@example.org", "555 01 23", null, "pending"), await RowAsync(answer));
        Assert.Equal("Grace Hopper", answer["name"].GetValue<string>());
    }

    [Fact]
    public async Task What_a_customer_gives_goes_before_the_token()
    {
        var slot = await service.SlotInAsync(24);

        var answer = await service.Http.BookAsync(BookingRequest.For(slot), Tokens.Customer("grace", "Grace Hopper", "grace@example.org", "555 01 23"));

        Assert.Equal(
            new Row(slot, "grace", BookingRequest.Name, BookingRequest.Email, BookingRequest.Phone, null, "pending"), await RowAsync(answer));
    }

    [Fact]
    public async Task What_neither_the_customer_nor_the_token_says_is_required()
    {
        var slot = await service.SlotInAsync(24);

        var refused = await service.Http.BookAsync(new JsonObject { ["slotId"] = slot }, Tokens.Customer("grace", email: "grace@example.org", phone: "   "));

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(["name", "phone"], refused.BadMembers.Order());
    }

    [Fact]
    public async Task A_claim_has_to_be_as_valid_as_a_member()
    {
        var slot = await service.SlotInAsync(24);

        var refused = await service.Http.BookAsync(
            new JsonObject { ["slotId"] = slot }, Tokens.Customer("grace", new string('n', 121), "not an address", "call me"));

        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(["email", "name", "phone"], refused.BadMembers.Order());
    }

    [Theory]
    [InlineData("5")]
    [InlineData("true")]
    [InlineData("""{"first":"Grace"}""")]
    [InlineData("""["Grace","Hopper"]""")]
    public async Task A_claim_that_is_no_text_is_refused_where_a_member_does_not_stand_in_for_it(string claim)
    {
        var slot = await service.SlotInAsync(24);
        var token = JwtKit.Sign(
            $$"""{"sub":"grace","role":"customer","name":{{claim}},"phone_number":null,"iss":"{{Tokens.Issuer}}","aud":"{{Tokens.Audience}}","exp":{{JwtKit.InAnHour}}}""");

        var refused = await service.Http.BookAsync(new JsonObject { ["slotId"] = slot, ["email"] = BookingRequest.Email, ["phone"] = BookingRequest.Phone }, token);
        Assert.Equal(["name"], refused.BadMembers);
        Assert.Equal(HttpStatusCode.Created, (await service.Http.BookAsync(BookingRequest.For(slot), token)).Status);
    }

    [Theory]
    [InlineData("555-01-23")]
    [InlineData("2025-10-11")]
    [InlineData("12.11.2025")]
    public async Task A_claim_that_looks_like_a_date_is_the_text_that_it_is(string phone)
    {
        var slot = await service.SlotInAsync(24);

        var booked = await service.Http.BookAsync(new JsonObject { ["slotId"] = slot }, Tokens.Customer("grace", "2031-05-06T09:00:00Z", "grace@example.org", phone));

        Assert.Equal(HttpStatusCode.Created, booked.Status);
        Assert.Equal(("2031-05-06T09:00:00Z", phone), (booked.Body!.TextOf("name"), booked.Body!.TextOf("phone")));
    }

    [Fact]
    public async Task A_claim_does_not_stand_in_for_a_member_that_is_wrong()
    {
        var slot = await service.SlotInAsync(24);
        var token = Tokens.Customer("grace", "Grace Hopper", "grace@example.org", "555 01 23");

        Assert.Equal(["name"], (await service.Http.BookAsync(BookingRequest.For(slot, ("name", 5)), token)).BadMembers);
        Assert.Equal(["email"], (await service.Http.BookAsync(BookingRequest.For(slot, ("email", "nowhere")), token)).BadMembers);
    }

    [Fact]
    public async Task A_claim_that_cannot_be_stored_is_refused_like_any_other()
    {
        var slot = await service.SlotInAsync(24);
        var token = JwtKit.Sign($$"""{"sub":"grace","role":"customer","name":"A\ud800B","iss":"{{Tokens.Issuer}}","aud":"{{Tokens.Audience}}","exp":{{JwtKit.InAnHour}}}""");

        var refused = await service.Http.BookAsync(new JsonObject { ["slotId"] = slot, ["email"] = BookingRequest.Email, ["phone"] = BookingRequest.Phone }, token);

        Assert.InRange((int)refused.Status, 400, 401);
    }

    [Fact]
    public async Task An_admin_books_as_a_guest()
    {
        var slot = await service.SlotInAsync(24);
        var admin = Tokens.Mint(new()
        {
            ["sub"] = "admin-1",
            ["role"] = "admin",
            ["permissions"] = Array.Empty<string>(),
            ["name"] = "An Admin",
            ["email"] = "admin@example.org",
            ["phone_number"] = "12345",
        });

        Assert.Equal(["email", "name", "phone"], (await service.Http.BookAsync(new JsonObject { ["slotId"] = slot }, admin)).BadMembers.Order());
        var answer = await service.Http.BookAsync(BookingRequest.For(slot), admin);

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Null((await RowAsync(answer)).CustomerId);
    }

    [Fact]
    public async Task A_token_without_a_role_books_as_a_guest()
    {
        var answer = await service.Http.BookAsync(BookingRequest.For(await service.SlotInAsync(24)), Tokens.Mint(new() { ["sub"] = "somebody" }));

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Null((await RowAsync(answer)).CustomerId);
    }

    [Theory]
    [InlineData("Bearer garbage")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer ")]
    [InlineData("Bearer")]
    [InlineData("Basic YWRhOmxvdmVsYWNl")]
    [InlineData("Token abc")]
    [InlineData("abc")]
    public async Task A_bad_authorization_header_is_never_a_guest(string authorization)
    {
        var refused = await service.Http.PostAsync(HttpJson.Book, BookingRequest.For(await service.SlotInAsync(24)), null, ("Authorization", authorization));

        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        Assert.Equal("UNAUTHORIZED", refused.Code);
        Assert.NotNull(refused.Header("WWW-Authenticate"));
        Assert.Equal(0, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
    }

    [Fact]
    public async Task An_expired_token_is_never_a_guest()
    {
        var expired = Tokens.Mint(new() { ["sub"] = "ada", ["role"] = "customer" }, expiresIn: TimeSpan.FromMinutes(-5));

        var refused = await service.Http.BookAsync(BookingRequest.For(await service.SlotInAsync(24)), expired);

        Assert.Equal("UNAUTHORIZED", refused.Code);
        Assert.Equal(0, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
    }

    [Fact]
    public async Task White_space_around_values_is_not_kept()
    {
        var slot = await service.SlotInAsync(24);

        var answer = await service.Http.BookAsync(BookingRequest.For(
            slot, ("name", "  Ada \t"), ("email", "\r\nada@example.org "), ("phone", " 12345 "), ("message", "\n Hello \n there \n")));

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(new Row(slot, null, "Ada", "ada@example.org", "12345", "Hello \n there", "pending"), await RowAsync(answer));
    }

    [Fact]
    public async Task Text_of_every_script_comes_back_as_it_went()
    {
        const string Name = "सीता शर्मा 𝒜𝒹𝒶 <b>\"O'Hara\" & Söhne</b> 👩‍💻";

        var answer = await service.Http.BookAsync(BookingRequest.For(await service.SlotInAsync(24), ("name", Name), ("message", "'; drop table consultation_slot; --")));

        Assert.Equal(Name, answer["name"].GetValue<string>());
        Assert.Equal(Name, (await RowAsync(answer)).Name);
        Assert.Equal("'; drop table consultation_slot; --", (await RowAsync(answer)).Message);
    }

    private async Task<Row> RowAsync(Answer answer) =>
        Assert.Single(await service.QueryAsync<Row>(
            "select slot_id, customer_id, name, email, phone, message, status::text from consultation_booking where id = @id", new { id = answer["id"].GetValue<long>() }));
}
