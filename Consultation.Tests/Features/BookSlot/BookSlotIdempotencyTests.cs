using System.Net;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.BookSlot;

public sealed class BookSlotIdempotencyTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string Key = "7f9c-first";

    private long _slot;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _slot = await service.SlotInAsync(24);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_repeat_answers_the_first_booking_again_and_writes_nothing()
    {
        var first = await service.Http.BookAsync(_slot, Tokens.Customer(), Key);

        var repeat = await service.Http.BookAsync(_slot, Tokens.Customer(), Key);

        Assert.Equal(HttpStatusCode.Created, first.Status);
        Assert.Null(first.Header("Idempotency-Replayed"));
        IsReplay(first, repeat);
        Assert.Equal((1, 2), await RowsAsync());
    }

    [Fact]
    public async Task A_repeat_through_the_other_mount_is_a_repeat()
    {
        var first = await service.Http.BookAsync(BookingRequest.For(_slot), key: Key);

        IsReplay(first, await service.Http.BookAsync(BookingRequest.For(_slot), key: Key, path: "/api/mobile/consultations/book"));
        Assert.Equal((1, 1), await RowsAsync());
    }

    [Fact]
    public async Task A_repeat_is_answered_whatever_has_become_of_the_slot_and_the_booking()
    {
        var first = await service.Http.BookAsync(BookingRequest.For(_slot, ("message", "Hello")), key: Key);
        var admin = Tokens.Admin();

        var off = await service.Http.PatchAsync($"{HttpJson.AdminSlots}/{_slot}", new { isActive = false }, admin);
        Assert.Equal(HttpStatusCode.OK, off.Status);
        IsReplay(first, await service.Http.BookAsync(BookingRequest.For(_slot, ("message", "Hello")), key: Key));

        var contacted = await service.Http.PatchAsync($"{HttpJson.AdminBookings}/{first["id"]}", new { status = "contacted" }, admin);
        Assert.Equal(HttpStatusCode.OK, contacted.Status);
        IsReplay(first, await service.Http.BookAsync(BookingRequest.For(_slot, ("message", "Hello")), key: Key));

        service.Clock.Advance(TimeSpan.FromDays(40));
        IsReplay(first, await service.Http.BookAsync(BookingRequest.For(_slot, ("message", "Hello")), key: Key));
    }

    [Fact]
    public async Task The_payload_is_what_it_is_after_trimming_and_claims()
    {
        var token = Tokens.Customer("ada", "Ada", "ada@example.org", "12345");
        var first = await service.Http.BookAsync(new JsonObject { ["slotId"] = _slot }, token, Key);

        IsReplay(first, await service.Http.BookAsync(
            BookingRequest.For(_slot, ("name", " Ada "), ("email", "ada@example.org"), ("phone", "12345\n"), ("message", "  "), ("unknown", 1)), token, Key));
        // another token of the same customer that says the same
        IsReplay(first, await service.Http.BookAsync(new JsonObject { ["slotId"] = _slot, ["name"] = "Ada" }, Tokens.Customer("ada", "Eve", "ada@example.org", "12345"), Key));
        // and one that says something else
        Assert.Equal("IDEMPOTENCY_KEY_REUSED", (await service.Http.BookAsync(new JsonObject { ["slotId"] = _slot }, Tokens.Customer("ada", "Eve", "ada@example.org", "12345"), Key)).Code);
    }

    [Theory]
    [InlineData("name", "Somebody Else")]
    [InlineData("email", "Ada@example.org")]
    [InlineData("phone", "+44 20 7946 0001")]
    [InlineData("message", "One more thing")]
    public async Task The_same_key_with_another_value_is_refused(string member, string value)
    {
        await service.Http.BookAsync(BookingRequest.For(_slot), key: Key);

        IsReused(await service.Http.BookAsync(BookingRequest.For(_slot, (member, value)), key: Key));
        Assert.Equal((1, 1), await RowsAsync());
    }

    [Fact]
    public async Task The_same_key_without_the_message_is_refused()
    {
        await service.Http.BookAsync(BookingRequest.For(_slot, ("message", "Hello")), key: Key);

        IsReused(await service.Http.BookAsync(BookingRequest.For(_slot), key: Key));
    }

    [Fact]
    public async Task The_same_key_for_another_slot_is_refused_before_the_slot_is_looked_at()
    {
        var open = await service.SlotInAsync(30);
        var off = await service.SlotInAsync(31, active: false);
        await service.Http.BookAsync(BookingRequest.For(_slot), key: Key);

        IsReused(await service.Http.BookAsync(BookingRequest.For(open), key: Key));
        IsReused(await service.Http.BookAsync(BookingRequest.For(off), key: Key));
        IsReused(await service.Http.BookAsync(BookingRequest.For(999), key: Key));
        Assert.Equal((1, 1), await RowsAsync());
    }

    [Fact]
    public async Task Validation_comes_before_the_key()
    {
        await service.Http.BookAsync(BookingRequest.For(_slot), key: Key);

        Assert.Equal("VALIDATION_FAILED", (await service.Http.BookAsync(BookingRequest.For(_slot, ("email", "nowhere")), key: Key)).Code);
    }

    [Fact]
    public async Task Another_callers_same_key_is_its_own()
    {
        var (second, third, fourth) = (await service.SlotInAsync(25), await service.SlotInAsync(26), await service.SlotInAsync(27));

        var ada = await service.Http.BookAsync(_slot, Tokens.Customer("ada"), Key);
        var grace = await service.Http.BookAsync(second, Tokens.Customer("grace"), Key);
        var guest = await service.Http.BookAsync(third, token: null, Key);
        var admin = await service.Http.BookAsync(fourth, Tokens.AdminOf("admin-1"), Key);

        Assert.All([ada, grace, guest, admin], answer =>
        {
            Assert.Equal(HttpStatusCode.Created, answer.Status);
            Assert.Null(answer.Header("Idempotency-Replayed"));
        });
        IsReplay(ada, await service.Http.BookAsync(_slot, Tokens.Customer("ada"), Key));
        IsReplay(guest, await service.Http.BookAsync(third, token: null, Key));
        IsReplay(admin, await service.Http.BookAsync(fourth, Tokens.AdminOf("admin-1"), Key));
        // whose booking it is decides, not who asks: the slot is taken for another caller
        Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", (await service.Http.BookAsync(_slot, Tokens.Customer("eve"), Key)).Code);
    }

    [Fact]
    public async Task Guests_are_one_caller()
    {
        using var another = service.Replica.NewClient();
        var first = await service.Http.BookAsync(_slot, token: null, Key);

        IsReplay(first, await another.BookAsync(_slot, token: null, Key));
        IsReused(await another.BookAsync(BookingRequest.For(_slot, ("name", "Another Guest")), key: Key));
    }

    [Fact]
    public async Task A_refusal_does_not_bind_a_key()
    {
        var off = await service.SlotInAsync(30, active: false);
        Assert.Equal("CONSULTATION_SLOT_INACTIVE", (await service.Http.BookAsync(off, token: null, Key)).Code);
        Assert.Equal("CONSULTATION_SLOT_NOT_FOUND", (await service.Http.BookAsync(999, token: null, Key)).Code);
        Assert.Equal("VALIDATION_FAILED", (await service.Http.BookAsync(BookingRequest.For(_slot, ("email", "nowhere")), key: Key)).Code);

        var booked = await service.Http.BookAsync(_slot, token: null, Key);

        Assert.Equal(HttpStatusCode.Created, booked.Status);
        Assert.Null(booked.Header("Idempotency-Replayed"));
    }

    [Fact]
    public async Task Keys_are_told_apart_by_case()
    {
        await service.Http.BookAsync(_slot, token: null, "abc");

        Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", (await service.Http.BookAsync(_slot, token: null, "ABC")).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    public async Task An_empty_key_is_none(string key)
    {
        Assert.Equal(HttpStatusCode.Created, (await service.Http.BookAsync(_slot, token: null, key)).Status);

        Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", (await service.Http.BookAsync(_slot, token: null, key)).Code);
        Assert.Equal(0, await service.ScalarAsync<int>("select count(*) from consultation_booking where idempotency_key is not null"));
    }

    [Fact]
    public async Task A_key_may_be_255_characters_from_exclamation_mark_to_tilde()
    {
        var all = string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c));
        var longest = (all + all + all)[..255];

        var first = await service.Http.BookAsync(_slot, token: null, longest);

        Assert.Equal(HttpStatusCode.Created, first.Status);
        IsReplay(first, await service.Http.BookAsync(_slot, token: null, longest));
        Assert.Equal(longest, await service.ScalarAsync<string>("select idempotency_key from consultation_booking"));
    }

    [Fact]
    public async Task A_key_of_256_characters_is_refused_by_the_headers_name() => await IsBadKeyAsync(new string('k', 256));

    [Theory]
    [InlineData("two words")]
    [InlineData("tab\there")]
    public async Task A_key_with_white_space_in_it_is_refused(string key) => await IsBadKeyAsync(key);

    [Fact]
    public async Task A_key_given_twice_is_refused()
    {
        var refused = await service.Http.PostAsync(HttpJson.Book, BookingRequest.For(_slot), null, ("Idempotency-Key", "one"), ("Idempotency-Key", "two"));

        // HttpClient may send them as one line with a comma and a space, which is no key either
        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(["Idempotency-Key"], refused.BadMembers);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Twenty_repeats_at_once_give_one_booking_and_one_answer(bool customer)
    {
        var token = customer ? Tokens.Customer() : null;
        using var other = service.StartReplica().NewClient();
        for (var round = 0; round < 10; round++)
        {
            var fresh = await service.SlotInAsync(100 + round);
            var key = $"round-{round}";

            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? service.Http : other).BookAsync(fresh, token, key)));

            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
            Assert.Single(answers.Select(answer => answer.Text).Distinct());
            Assert.Single(answers, answer => answer.Header("Idempotency-Replayed") is null);
            Assert.Equal(round + 1, (await RowsAsync()).Bookings);
        }
        Assert.Equal((10, customer ? 20 : 10), await RowsAsync());
    }

    [Fact]
    public async Task One_key_for_many_slots_at_once_books_one_of_them()
    {
        var slots = new List<long>();
        for (var hours = 50; hours < 70; hours++)
            slots.Add(await service.SlotInAsync(hours));

        var answers = await Task.WhenAll(slots.Select(id => service.Http.BookAsync(id, token: null, Key)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(answer => answer.Code == "IDEMPOTENCY_KEY_REUSED"));
        Assert.Equal((1, 1), await RowsAsync());
    }

    private static void IsReplay(Answer first, Answer repeat)
    {
        Assert.Equal(HttpStatusCode.Created, repeat.Status);
        Assert.Equal("true", repeat.Header("Idempotency-Replayed"));
        Assert.Equal(first.Text, repeat.Text);
    }

    private static void IsReused(Answer refused)
    {
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Equal("IDEMPOTENCY_KEY_REUSED", refused.Code);
    }

    private async Task IsBadKeyAsync(string key)
    {
        var refused = await service.Http.BookAsync(BookingRequest.For(_slot), key: key);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(["Idempotency-Key"], refused.BadMembers);
    }

    private async Task<(int Bookings, int Jobs)> RowsAsync() => (
        await service.ScalarAsync<int>("select count(*) from consultation_booking"),
        await service.ScalarAsync<int>("select count(*) from notification_outbox"));
}
