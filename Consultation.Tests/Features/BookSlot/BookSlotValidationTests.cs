using System.Net;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.BookSlot;

public sealed class BookSlotValidationTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private long _slot;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _slot = await service.SlotInAsync(24);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("a@b.cd")]
    [InlineData("first.last+tag@sub.example.co.uk")]
    [InlineData("o'hara_1%x@example.org")]
    [InlineData("user@xn--bcher-kva.example")]
    [InlineData("jörg@bücher.example")]
    [InlineData("1@2.example")]
    public Task An_email_address_is_taken(string email) => IsTakenAsync("email", email);

    [Theory]
    [InlineData("ada")]
    [InlineData("ada@")]
    [InlineData("@example.org")]
    [InlineData("ada@example")]
    [InlineData("ada@@example.org")]
    [InlineData("ada@b@example.org")]
    [InlineData("ada lovelace@example.org")]
    [InlineData(".ada@example.org")]
    [InlineData("ada.@example.org")]
    [InlineData("a..da@example.org")]
    [InlineData("ada@example..org")]
    [InlineData("ada@.example.org")]
    [InlineData("ada@example.org.")]
    [InlineData("ada@-example.org")]
    [InlineData("ada@example-.org")]
    [InlineData("ada@exa_mple.org")]
    [InlineData("ada@exam ple.org")]
    [InlineData("Ada <ada@example.org>")]
    [InlineData("ada@example.org,bob@example.org")]
    [InlineData("ada@example.org\nbcc:bob@example.org")]
    [InlineData("ada\u0000@example.org")]
    public Task What_is_no_email_address_is_refused(string email) => IsRefusedAsync("email", email);

    [Fact]
    public async Task An_email_address_has_at_most_254_characters()
    {
        // a label has at most 63 characters and a local part 64
        static string OfLength(int length) =>
            $"{new string('a', 60)}@{new string('b', 63)}.{new string('c', 63)}.{new string('d', length - 192)}.ef";

        Assert.Equal(255, OfLength(255).Length);
        await IsTakenAsync("email", OfLength(254));
        await IsRefusedAsync("email", OfLength(255));
    }

    [Theory]
    [InlineData("12345")]
    [InlineData("+1 (555) 010-9999")]
    [InlineData("0.1.2.3.4")]
    [InlineData("(((12345)))")]
    [InlineData("00000000000000000000000000000000")]
    public Task A_phone_number_is_taken(string phone) => IsTakenAsync("phone", phone);

    [Theory]
    [InlineData("1234")]
    [InlineData("+-().")]
    [InlineData("+1-2-3-4")]
    [InlineData("12345a")]
    [InlineData("12345/6")]
    [InlineData("12345#6")]
    [InlineData("123\t456")]
    [InlineData("١٢٣٤٥")]
    [InlineData("１２３４５")]
    [InlineData("000000000000000000000000000000000")]
    public Task What_is_no_phone_number_is_refused(string phone) => IsRefusedAsync("phone", phone);

    [Theory]
    [InlineData("name", 120)]
    [InlineData("message", 1000)]
    public async Task A_text_may_be_as_long_as_it_says_after_trimming(string member, int longest)
    {
        await IsTakenAsync(member, $"  {new string('x', longest)}  ");
        await IsRefusedAsync(member, new string('x', longest + 1));
    }

    [Theory]
    [InlineData("name", 120)]
    [InlineData("message", 1000)]
    public async Task Length_is_counted_in_utf16_units(string member, int longest)
    {
        var pairs = string.Concat(Enumerable.Repeat("😀", longest / 2));

        await IsTakenAsync(member, pairs);
        await IsRefusedAsync(member, pairs + "x");
    }

    [Theory]
    [InlineData("A")]
    [InlineData("李")]
    public Task One_character_is_a_name(string name) => IsTakenAsync("name", name);

    [Theory]
    [InlineData("name", "Ada\nLovelace")]
    [InlineData("name", "Ada\tLovelace")]
    [InlineData("name", "Ada\u0000")]
    [InlineData("name", "Ada\u007f")]
    [InlineData("name", "Ada\u0085Lovelace")]
    [InlineData("message", "bell\u0007")]
    [InlineData("message", "nul\u0000nul")]
    [InlineData("message", "tab\ttab")]
    [InlineData("message", "\u001b[31mred")]
    public Task Control_characters_are_refused(string member, string text) => IsRefusedAsync(member, text);

    [Theory]
    [InlineData("one\ntwo")]
    [InlineData("one\r\ntwo")]
    [InlineData("one\rtwo")]
    public async Task A_message_may_have_line_breaks_and_keeps_them(string message)
    {
        var answer = await service.Http.BookAsync(BookingRequest.For(_slot, ("message", message)));

        Assert.Equal(message, answer["message"].GetValue<string>());
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("\r\n")]
    public async Task A_blank_message_is_none(string message)
    {
        var answer = await service.Http.BookAsync(BookingRequest.For(_slot, ("message", message)));

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Null(answer.Body!["message"]);
    }

    [Theory]
    [InlineData("\"12\"")]
    [InlineData("\"abc\"")]
    [InlineData("1.5")]
    [InlineData("true")]
    [InlineData("[1]")]
    [InlineData("{\"id\":1}")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("1e400")]
    [InlineData("null")]
    [InlineData("\"\"")]
    public async Task A_slot_id_that_is_no_64_bit_number_is_refused(string slotId)
    {
        var refused = await service.Http.PostAsync(
            HttpJson.Book, $$"""{"slotId":{{slotId}},"name":"Ada","email":"ada@example.org","phone":"12345"}""");

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(["slotId"], refused.BadMembers);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(424242)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public async Task A_slot_id_of_no_slot_is_not_found(long slotId)
    {
        var refused = await service.Http.BookAsync(BookingRequest.For(slotId));

        Assert.Equal(HttpStatusCode.NotFound, refused.Status);
        Assert.Equal("CONSULTATION_SLOT_NOT_FOUND", refused.Code);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("email")]
    [InlineData("phone")]
    [InlineData("message")]
    public async Task A_text_of_another_type_is_refused(string member)
    {
        foreach (var value in new JsonNode[] { 5, true, new JsonArray("x"), new JsonObject { ["x"] = "y" } })
            await IsRefusedAsync(member, value);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        var refused = await service.Http.PostAsync(
            HttpJson.Book, """{"slotId":"x","name":7,"email":"nowhere","phone":"1","message":"\u0000"}""", null, ("Idempotency-Key", new string('k', 256)));

        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(["Idempotency-Key", "email", "message", "name", "phone", "slotId"], refused.BadMembers.Order(StringComparer.Ordinal));
        Assert.All(refused["errors"].AsObject(), error => Assert.NotEmpty(error.Value!.AsArray()));
    }

    [Fact]
    public async Task An_empty_object_is_told_what_is_required()
    {
        var refused = await service.Http.PostAsync(HttpJson.Book, "{}");

        Assert.Equal(["email", "name", "phone", "slotId"], refused.BadMembers.Order());
    }

    [Fact]
    public async Task Nobody_can_say_who_the_customer_is_or_what_the_status_is()
    {
        var answer = await service.Http.BookAsync(BookingRequest.For(
            _slot, ("customerId", "someone"), ("caller", "someone"), ("id", 77), ("status", "contacted"), ("idempotencyKey", "k")));

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(1, await service.ScalarAsync<int>(
            "select count(*) from consultation_booking where customer_id is null and status = 'pending' and idempotency_key is null and id <> 77"));
    }

    [Fact]
    public async Task Names_of_members_are_taken_to_the_letter()
    {
        var refused = await service.Http.PostAsync(HttpJson.Book, new { SlotId = _slot, Name = "Ada", EMAIL = "ada@example.org", phone = "12345" });

        Assert.Equal(["email", "name", "slotId"], refused.BadMembers.Order());
    }

    private async Task IsTakenAsync(string member, string value)
    {
        var fresh = await service.SlotInAsync(48 + Random.Shared.Next(100_000));
        var answer = await service.Http.BookAsync(BookingRequest.For(fresh, (member, value)));
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal(value.Trim(), answer[member].GetValue<string>());
    }

    private async Task IsRefusedAsync(string member, JsonNode value)
    {
        var refused = await service.Http.BookAsync(BookingRequest.For(_slot, (member, value)));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal([member], refused.BadMembers);
    }
}
