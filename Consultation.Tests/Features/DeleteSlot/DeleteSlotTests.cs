using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.DeleteSlot;

public sealed class DeleteSlotTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_slot_without_a_booking_goes_and_only_that()
    {
        var slot = await service.SlotInAsync(24);
        var other = await service.SlotInAsync(25);

        var answer = await Staff.DeleteSlot(slot);

        Assert.Equal((HttpStatusCode.NoContent, ""), (answer.Status, answer.Text));
        Assert.Equal([other], (await Staff.Slots()).Ids());
    }

    [Fact]
    public async Task A_past_or_switched_off_slot_can_go_too()
    {
        Assert.Equal(HttpStatusCode.NoContent, (await Staff.DeleteSlot(await service.SlotInAsync(-24))).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Staff.DeleteSlot(await service.SlotInAsync(24, active: false))).Status);
    }

    [Fact]
    public async Task A_booked_slot_stays()
    {
        var slot = await service.SlotInAsync(24);
        var booking = await service.BookingAsync(slot);

        var answer = await Staff.DeleteSlot(slot);

        Assert.Equal((HttpStatusCode.BadRequest, "CONSULTATION_BOOKING_SLOT_RESTRICTED"), (answer.Status, answer.Code));
        Assert.Equal(HttpStatusCode.OK, (await Staff.Slot(slot)).Status);
        Assert.Equal(HttpStatusCode.OK, (await Staff.Booking(booking)).Status);
    }

    [Theory]
    [InlineData("999", "CONSULTATION_SLOT_NOT_FOUND")]
    [InlineData("0", "NOT_FOUND")]
    [InlineData("9223372036854775808", "NOT_FOUND")]
    public async Task What_is_no_slot_cannot_be_deleted(string id, string code)
    {
        var answer = await Staff.DeleteSlot(id);

        Assert.Equal((HttpStatusCode.NotFound, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Deleting_twice_finds_nothing_the_second_time()
    {
        var slot = await service.SlotInAsync(24);
        await Staff.DeleteSlot(slot);

        Assert.Equal("CONSULTATION_SLOT_NOT_FOUND", (await Staff.DeleteSlot(slot)).Code);
    }

    [Fact]
    public async Task Either_the_booking_or_the_deletion_wins_never_both()
    {
        for (var round = 0; round < 10; round++)
        {
            var slot = await service.SlotInAsync(24 + round);

            var (booked, deleted) = (service.Http.BookAsync(slot), Staff.DeleteSlot(slot));
            await Task.WhenAll(booked, deleted);

            var bookingWon = ((await booked).Status, (await deleted).Code) == (HttpStatusCode.Created, "CONSULTATION_BOOKING_SLOT_RESTRICTED");
            var deletionWon = ((await booked).Code, (await deleted).Status) == ("CONSULTATION_SLOT_NOT_FOUND", HttpStatusCode.NoContent);
            Assert.True(bookingWon ^ deletionWon, $"{(await booked).Text} {(await deleted).Text}");
        }
    }
}
