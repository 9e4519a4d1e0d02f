using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.BookSlot;

/// <summary>Why a slot is not to be had, in which order that is looked at, and what is offered in its place.</summary>
public sealed class BookSlotRefusalTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_slot_that_does_not_exist_is_refused_without_alternatives()
    {
        await service.SlotInAsync(24);

        var refused = await service.Http.BookAsync(99);

        Assert.Equal(HttpStatusCode.NotFound, refused.Status);
        Assert.Equal("CONSULTATION_SLOT_NOT_FOUND", refused.Code);
        Assert.False(refused.Body!.AsObject().ContainsKey("alternatives"));
    }

    [Fact]
    public async Task A_slot_that_is_switched_off_is_refused()
    {
        await IsRefusedAsync(await service.SlotInAsync(24, active: false), "CONSULTATION_SLOT_INACTIVE");
    }

    [Fact]
    public async Task A_slot_that_has_started_is_refused()
    {
        await IsRefusedAsync(await service.SlotInAsync(-0.25), "CONSULTATION_SLOT_PAST_DATE");
    }

    [Fact]
    public async Task A_slot_that_starts_this_very_instant_has_started()
    {
        var slot = await service.SlotInAsync(24);
        var start = await service.ScalarAsync<DateTime>("select start_time from consultation_slot");
        service.Clock.Advance(start - service.Clock.GetUtcNow());

        await IsRefusedAsync(slot, "CONSULTATION_SLOT_PAST_DATE");
    }

    [Fact]
    public async Task A_slot_that_is_booked_is_refused()
    {
        var slot = await service.SlotInAsync(24);
        await service.BookingAsync(slot);

        await IsRefusedAsync(slot, "CONSULTATION_SLOT_ALREADY_BOOKED");
    }

    [Fact]
    public async Task The_booker_too_is_refused_a_second_time()
    {
        var slot = await service.SlotInAsync(24);
        await service.Http.BookAsync(slot, Tokens.Customer());

        var refused = await service.Http.BookAsync(slot, Tokens.Customer());

        Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", refused.Code);
    }

    [Theory]
    [InlineData(false, true, true, "CONSULTATION_SLOT_INACTIVE")]
    [InlineData(false, true, false, "CONSULTATION_SLOT_INACTIVE")]
    [InlineData(false, false, true, "CONSULTATION_SLOT_INACTIVE")]
    [InlineData(true, true, true, "CONSULTATION_SLOT_PAST_DATE")]
    public async Task Active_is_looked_at_first_then_future_then_booked(bool active, bool past, bool booked, string code)
    {
        var slot = await service.SlotInAsync(past ? -1 : 24, active);
        if (booked)
            await service.BookingAsync(slot);

        await IsRefusedAsync(slot, code);
    }

    [Fact]
    public async Task The_request_is_looked_at_before_the_slot()
    {
        Assert.Equal("VALIDATION_FAILED", (await service.Http.BookAsync(BookingRequest.For(99, ("email", "nowhere")))).Code);
    }

    [Fact]
    public async Task Up_to_three_open_slots_from_the_refused_start_on_are_offered()
    {
        await service.SlotInAsync(1);
        var refused = await service.SlotInAsync(10);
        var third = await service.SlotInAsync(16);
        var first = await service.SlotInAsync(12);
        await service.SlotInAsync(11, active: false);
        await service.BookingAsync(await service.SlotInAsync(13));
        var second = await service.SlotInAsync(14);
        await service.SlotInAsync(18);
        await service.BookingAsync(refused);

        Assert.Equal([first, second, third], await AlternativesAsync(refused));
    }

    [Fact]
    public async Task An_alternative_looks_like_a_slot_of_the_list()
    {
        var refused = await service.SlotInAsync(10, active: false);
        await service.SlotInAsync(12);
        var listed = (await service.Http.GetAsync(HttpJson.Slots, token: null))["items"][0]!;

        var answer = await service.Http.BookAsync(refused);

        Assert.Equal(listed.ToJsonString(), Assert.Single(answer["alternatives"].AsArray())!.ToJsonString());
    }

    [Fact]
    public async Task Without_open_slots_ahead_nothing_is_offered()
    {
        await service.SlotInAsync(5);

        Assert.Empty(await AlternativesAsync(await service.SlotInAsync(10, active: false)));
    }

    [Fact]
    public async Task For_a_start_that_has_passed_the_offer_begins_now()
    {
        var refused = await service.SlotInAsync(-10);
        await service.SlotInAsync(-5);
        var ahead = await service.SlotInAsync(5);

        Assert.Equal([ahead], await AlternativesAsync(refused));
    }

    [Fact]
    public async Task A_slot_of_the_same_start_is_offered_but_never_the_refused_one()
    {
        // the day is another by mistake, which alone allows the same start twice
        var refused = await service.SlotInAsync(10);
        await service.ExecuteAsync("update consultation_slot set date = date + 1");
        var twin = await service.SlotInAsync(10);
        await service.BookingAsync(refused);

        Assert.Equal([twin], await AlternativesAsync(refused));
    }

    [Fact]
    public async Task A_refusal_writes_nothing()
    {
        foreach (var slot in new[] { 99, await service.SlotInAsync(5, active: false), await service.SlotInAsync(-1) })
            await service.Http.BookAsync(slot, Tokens.Customer(), "key");

        Assert.Equal(0, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
        Assert.Equal(0, await service.ScalarAsync<int>("select count(*) from notification_outbox"));
    }

    private async Task IsRefusedAsync(long slot, string code)
    {
        var bookings = await service.ScalarAsync<int>("select count(*) from consultation_booking");

        var refused = await service.Http.BookAsync(slot);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(code, refused.Code);
        Assert.NotNull(refused["alternatives"].AsArray());
        Assert.Equal(bookings, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
    }

    private async Task<IEnumerable<long>> AlternativesAsync(long slot) =>
        (await service.Http.BookAsync(slot))["alternatives"].AsArray().Select(item => item!["id"]!.GetValue<long>());
}
