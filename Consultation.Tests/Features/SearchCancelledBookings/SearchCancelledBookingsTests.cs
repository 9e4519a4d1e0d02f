using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.SearchCancelledBookings;

public sealed class SearchCancelledBookingsTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_cancelled_booking_is_listed_with_its_slot_as_it_was()
    {
        var slot = await service.SlotInAsync(24);
        var before = (await Staff.Slot(slot)).Body!;
        var id = await service.HeldBookingAsync(slot, "ada");
        await Staff.CancelBooking(id, "?reason=Spam");
        var later = service.Clock.GetUtcNow().AddHours(100);
        await Staff.UpdateSlot(slot, new { startTime = later, endTime = later.AddMinutes(30) });

        var answer = await Staff.CancelledBookings();

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var item = Assert.Single(answer["items"].AsArray())!;
        Assert.Equal(
            ["id", "slot", "customerId", "name", "email", "phone", "createdAt", "contactedAt", "cancelledAt", "cancelledBy", "reason"], item.Members());
        Assert.Equal((id, "ada", "admin-1", "Spam"), (item["id"]!.GetValue<long>(), item.TextOf("customerId"), item.TextOf("cancelledBy"), item.TextOf("reason")));
        Assert.Equal((slot, before.TextOf("startTime")), (item["slot"]!["id"]!.GetValue<long>(), item["slot"]!.TextOf("startTime")));
        Assert.DoesNotContain(Holders.Key, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_newest_cancellation_comes_first_and_the_dates_are_of_the_slot()
    {
        var ids = new List<long>();
        for (var day = 1; day <= 3; day++)
            ids.Add(await service.BookingAsync(await service.SlotInAsync(24 * day)));
        foreach (var id in new[] { ids[1], ids[0], ids[2] })
        {
            await Staff.CancelBooking(id);
            service.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        var second = DateOnly.FromDateTime(service.Clock.GetUtcNow().AddHours(48).UtcDateTime).ToString("O");

        Assert.Equal([ids[2], ids[0], ids[1]], (await Staff.CancelledBookings()).Ids());
        Assert.Equal([ids[1]], (await Staff.CancelledBookings($"?dateFrom={second}&dateTo={second}")).Ids());
        Assert.Equal([ids[0]], (await Staff.CancelledBookings("?page=2&limit=1")).Ids());
        Assert.Equal(["dateTo"], (await Staff.CancelledBookings("?dateFrom=2026-12-02&dateTo=2026-12-01")).BadMembers);
    }
}
