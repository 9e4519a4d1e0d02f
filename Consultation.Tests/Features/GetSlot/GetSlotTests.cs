using System.Net;
using Consultation.Tests.Support;
using Xunit;
using static Consultation.Tests.Support.Answers;

namespace Consultation.Tests.Features.GetSlot;

public sealed class GetSlotTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_open_slot_has_no_booking()
    {
        var id = await service.SlotAsync(Instant("2031-05-06T09:00:00Z"));

        var slot = await Staff.Slot(id);

        Assert.Equal(HttpStatusCode.OK, slot.Status);
        Assert.Equal(["id", "date", "startTime", "endTime", "isActive", "isBooked", "createdAt", "updatedAt", "booking"], slot.Body!.Members());
        Assert.Equal(
            ($"{id}", "2031-05-06", "2031-05-06T09:00:00Z", "2031-05-06T09:30:00Z", "true", "false", null),
            (slot.Body!.TextOf("id"), slot.Body!.TextOf("date"), slot.Body!.TextOf("startTime"), slot.Body!.TextOf("endTime"), slot.Body!.TextOf("isActive"),
                slot.Body!.TextOf("isBooked"), slot.Body!.TextOf("booking")));
    }

    [Fact]
    public async Task A_booked_slot_names_its_booking_and_that_booking_s_state()
    {
        var id = await service.SlotAsync(Instant("2020-05-06T09:00:00Z"), active: false);
        var booking = await service.BookingAsync(id);

        var before = await Staff.Slot(id);
        await Staff.MarkContacted(booking);
        var after = await Staff.Slot(id);

        Assert.Equal($$"""{"id":{{booking}},"status":"pending"}""", before["booking"].ToJsonString());
        Assert.Equal($$"""{"id":{{booking}},"status":"contacted"}""", after["booking"].ToJsonString());
        Assert.True(after["isBooked"].GetValue<bool>());
        Assert.False(after["isActive"].GetValue<bool>());
    }

    [Theory]
    [InlineData("999", "CONSULTATION_SLOT_NOT_FOUND")]
    [InlineData("9223372036854775807", "CONSULTATION_SLOT_NOT_FOUND")]
    [InlineData("9223372036854775808", "NOT_FOUND")]
    [InlineData("0", "NOT_FOUND")]
    [InlineData("-1", "NOT_FOUND")]
    [InlineData("1.0", "NOT_FOUND")]
    [InlineData("abc", "NOT_FOUND")]
    public async Task What_is_no_slot_is_not_found(string id, string code)
    {
        var answer = await Staff.Slot(id);

        Assert.Equal((HttpStatusCode.NotFound, code), (answer.Status, answer.Code));
    }
}
