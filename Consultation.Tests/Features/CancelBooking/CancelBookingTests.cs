using System.Net;
using Consultation.Features;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.CancelBooking;

public sealed class CancelBookingTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Staff_cancel_any_booking_whenever_its_slot_is_and_whatever_its_status()
    {
        var past = await service.BookingAsync(await service.SlotInAsync(-24));
        var slot = await service.SlotInAsync(24);
        var contacted = await service.BookingAsync(slot, "ada");
        await Staff.MarkContacted(contacted);

        Assert.Equal(HttpStatusCode.NoContent, (await Staff.CancelBooking(past)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Staff.CancelBooking(contacted)).Status);

        Assert.Equal(HttpStatusCode.NotFound, (await Staff.Booking(contacted)).Status);
        Assert.Equal(HttpStatusCode.Created, (await service.Http.BookAsync(slot)).Status);
    }

    [Fact]
    public async Task The_record_has_who_and_why()
    {
        var id = await service.BookingAsync(await service.SlotInAsync(24));

        await Staff.CancelBooking(id, "?reason=" + Uri.EscapeDataString("  Spam, see ticket 7  "));

        var record = (await service.QueryAsync<(string, string?)>("select cancelled_by, reason from consultation_cancelled_booking where id = @id", new { id })).Single();
        Assert.Equal(("admin-1", "Spam, see ticket 7"), record);
    }

    [Theory]
    [InlineData("999", "CONSULTATION_BOOKING_NOT_FOUND")]
    [InlineData("0", "NOT_FOUND")]
    public async Task What_is_no_booking_cannot_be_cancelled(string id, string code)
    {
        var answer = await Staff.CancelBooking(id);

        Assert.Equal((HttpStatusCode.NotFound, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_bad_reason_or_notify_is_named_and_nothing_is_cancelled()
    {
        var id = await service.BookingAsync(await service.SlotInAsync(24));

        Assert.Equal(["reason"], (await Staff.CancelBooking(id, "?reason=" + new string('x', FieldLimits.Reason + 1))).BadMembers);
        Assert.Equal(["notify", "reason"], (await Staff.CancelBooking(id, "?reason=a%0Ab&notify=maybe")).BadMembers.Order());
        Assert.Equal(HttpStatusCode.OK, (await Staff.Booking(id)).Status);
    }
}
