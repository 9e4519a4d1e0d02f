using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.GetMyBooking;

public sealed class GetMyBookingTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("/api/consultations/bookings")]
    [InlineData("/api/mobile/consultations/bookings")]
    public async Task A_guest_with_the_key_sees_the_booking_without_the_key(string path)
    {
        var id = await service.HeldBookingAsync(await service.SlotInAsync(24));

        var answer = await service.Http.GetAsync($"{path}/{id}", null, ("Booking-Key", Holders.Key));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(["id", "status", "slot", "name", "email", "phone", "message", "createdAt", "contactedAt"], answer.Body!.Members());
        Assert.Equal((id, "pending", "Ada Lovelace"), (answer["id"].GetValue<long>(), answer["status"].GetValue<string>(), answer["name"].GetValue<string>()));
        Assert.DoesNotContain(Holders.Key, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_customer_sees_their_own_booking_and_its_present_status()
    {
        var id = await service.HeldBookingAsync(await service.SlotInAsync(24), "ada");
        await new Staff(service.Http).MarkContacted(id);

        var answer = await service.Http.FindAsync(id, token: Tokens.Customer("ada"));

        Assert.Equal("contacted", answer["status"].GetValue<string>());
        Assert.NotNull(answer.Body!["contactedAt"]);
    }

    [Fact]
    public async Task The_key_is_enough_whoever_sends_it()
    {
        var id = await service.HeldBookingAsync(await service.SlotInAsync(24), "ada");

        Assert.Equal(HttpStatusCode.OK, (await service.Http.FindAsync(id, Holders.Key, Tokens.Customer("bob"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await service.Http.FindAsync(id, Holders.Key, Tokens.AdminOf("admin-1"))).Status);
    }

    [Fact]
    public async Task A_token_that_is_sent_must_be_valid()
    {
        var id = await service.HeldBookingAsync(await service.SlotInAsync(24));

        Assert.Equal(HttpStatusCode.Unauthorized, (await service.Http.FindAsync(id, Holders.Key, "nonsense")).Status);
    }

    [Fact]
    public async Task Whatever_does_not_open_a_booking_is_answered_as_if_it_were_not_there()
    {
        var guests = await service.HeldBookingAsync(await service.SlotInAsync(24));
        var adas = await service.HeldBookingAsync(await service.SlotInAsync(25), "ada");
        var keyless = await service.HeldBookingAsync(await service.SlotInAsync(26), key: null);
        var nowhere = await service.Http.FindAsync(99_999, Holders.Key);

        Assert.Equal((HttpStatusCode.NotFound, "CONSULTATION_BOOKING_NOT_FOUND"), (nowhere.Status, nowhere.Code));
        foreach (var answer in new[]
        {
            await service.Http.FindAsync(guests),
            await service.Http.FindAsync(guests, Holders.WrongKey),
            await service.Http.FindAsync(guests, "short"),
            await service.Http.FindAsync(guests, Holders.Key.ToLowerInvariant()),
            await service.Http.FindAsync(guests, token: Tokens.Customer("ada")),
            await service.Http.FindAsync(adas, token: Tokens.Customer("bob")),
            await service.Http.FindAsync(adas, token: Tokens.AdminOf("ada")),
            await service.Http.FindAsync(keyless, Holders.Key),
            await service.Http.FindAsync(keyless, ""),
        })
            Holders.IsTheSameRefusal(nowhere, answer);
    }
}
