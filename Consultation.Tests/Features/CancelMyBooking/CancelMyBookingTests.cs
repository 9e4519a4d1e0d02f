using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.CancelMyBooking;

public sealed class CancelMyBookingTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("/api/consultations/bookings")]
    [InlineData("/api/mobile/consultations/bookings")]
    public async Task A_cancelled_booking_is_gone_and_its_slot_is_open_again_at_once_on_every_replica(string path)
    {
        var slot = await service.SlotInAsync(24);
        var id = await service.HeldBookingAsync(slot);
        using var other = service.StartReplica().NewClient();
        Assert.Empty((await other.GetAsync(HttpJson.Slots, token: null)).Ids());

        var answer = await service.Http.SendAsync(HttpMethod.Delete, $"{path}/{id}", null, null, ("Booking-Key", Holders.Key));

        Assert.Equal((HttpStatusCode.NoContent, ""), (answer.Status, answer.Text));
        Assert.Equal([slot], (await other.GetAsync(HttpJson.Slots, token: null)).Ids());
        Assert.Equal(HttpStatusCode.NotFound, (await service.Http.FindAsync(id, Holders.Key)).Status);
        Assert.Equal(HttpStatusCode.Created, (await other.BookAsync(slot)).Status);
    }

    [Fact]
    public async Task Cancelling_twice_finds_nothing_the_second_time()
    {
        var id = await service.HeldBookingAsync(await service.SlotInAsync(24));
        await service.Http.CancelAsync(id, Holders.Key);

        var again = await service.Http.CancelAsync(id, Holders.Key);

        Assert.Equal((HttpStatusCode.NotFound, "CONSULTATION_BOOKING_NOT_FOUND"), (again.Status, again.Code));
    }

    [Fact]
    public async Task A_booking_whose_slot_has_started_stays()
    {
        var id = await service.HeldBookingAsync(await service.SlotInAsync(-1), "ada");

        var answer = await service.Http.CancelAsync(id, Holders.Key);

        Assert.Equal((HttpStatusCode.BadRequest, "CONSULTATION_SLOT_PAST_DATE"), (answer.Status, answer.Code));
        Assert.False(answer.Body!.AsObject().ContainsKey("alternatives"));
        Assert.Equal(HttpStatusCode.OK, (await service.Http.FindAsync(id, token: Tokens.Customer("ada"))).Status);
    }

    [Fact]
    public async Task Who_may_not_see_a_booking_cannot_cancel_it_either()
    {
        var guests = await service.HeldBookingAsync(await service.SlotInAsync(24));
        var adas = await service.HeldBookingAsync(await service.SlotInAsync(25), "ada");
        var past = await service.HeldBookingAsync(await service.SlotInAsync(-1), "ada");
        var nowhere = await service.Http.CancelAsync(99_999, Holders.Key);

        Assert.Equal((HttpStatusCode.NotFound, "CONSULTATION_BOOKING_NOT_FOUND"), (nowhere.Status, nowhere.Code));
        Holders.IsTheSameRefusal(nowhere, await service.Http.CancelAsync(guests));
        Holders.IsTheSameRefusal(nowhere, await service.Http.CancelAsync(guests, Holders.WrongKey));
        Holders.IsTheSameRefusal(nowhere, await service.Http.CancelAsync(guests, token: Tokens.Customer("ada")));
        Holders.IsTheSameRefusal(nowhere, await service.Http.CancelAsync(adas, token: Tokens.Customer("bob")));
        Holders.IsTheSameRefusal(nowhere, await service.Http.CancelAsync(past, token: Tokens.Customer("bob")));
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.Http.CancelAsync(guests, Holders.Key, "nonsense")).Status);
        Assert.Equal(3, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
    }

    [Theory]
    [InlineData("ada", null, "customer")]
    [InlineData("ada", Holders.Key, "customer")]
    [InlineData(null, Holders.Key, "guest")]
    [InlineData("bob", Holders.Key, "guest")]
    public async Task The_record_says_who_cancelled(string? sub, string? key, string cancelledBy)
    {
        var id = await service.HeldBookingAsync(await service.SlotInAsync(24), "ada");

        await service.Http.CancelAsync(id, key, sub is null ? null : Tokens.Customer(sub));

        Assert.Equal(cancelledBy, await service.ScalarAsync<string>("select cancelled_by from consultation_cancelled_booking where id = @id", new { id }));
    }

    [Fact]
    public async Task Of_two_that_cancel_at_the_same_time_one_does_and_one_finds_nothing()
    {
        for (var round = 0; round < 20; round++)
        {
            var id = await service.HeldBookingAsync(await service.SlotInAsync(24 + round));

            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => service.Http.CancelAsync(id, Holders.Key)));

            Assert.Single(answers, answer => answer.Status == HttpStatusCode.NoContent);
            Assert.Equal(3, answers.Count(answer => answer.Code == "CONSULTATION_BOOKING_NOT_FOUND"));
        }
    }

    [Fact]
    public async Task Against_a_contacted_mark_one_comes_first_and_both_answers_are_true()
    {
        for (var round = 0; round < 30; round++)
        {
            var id = await service.HeldBookingAsync(await service.SlotInAsync(24 + round));

            var mark = Staff.MarkContacted(id);
            var cancel = service.Http.CancelAsync(id, Holders.Key);
            var (marked, cancelled) = (await mark, await cancel);

            Assert.Equal(HttpStatusCode.NoContent, cancelled.Status);
            var wasContacted = await service.ScalarAsync<bool>("select contacted_at is not null from consultation_cancelled_booking where id = @id", new { id });
            Assert.Equal(wasContacted ? HttpStatusCode.OK : HttpStatusCode.NotFound, marked.Status);
        }
    }

    [Fact]
    public async Task Of_those_who_want_the_freed_slot_one_gets_it()
    {
        for (var round = 0; round < 20; round++)
        {
            var slot = await service.SlotInAsync(24 + round);
            var id = await service.HeldBookingAsync(slot);

            var cancel = service.Http.CancelAsync(id, Holders.Key);
            var books = Enumerable.Range(0, 6).Select(_ => service.Http.BookAsync(slot)).ToList();
            Assert.Equal(HttpStatusCode.NoContent, (await cancel).Status);
            var raced = await Task.WhenAll(books);
            var after = await service.Http.BookAsync(slot);

            Assert.Equal(1, raced.Append(after).Count(answer => answer.Status == HttpStatusCode.Created));
            Assert.Equal(1, await service.ScalarAsync<int>("select count(*) from consultation_booking where slot_id = @slot", new { slot }));
        }
    }

    [Fact]
    public async Task A_move_of_the_slot_comes_before_or_after_and_never_between()
    {
        for (var round = 0; round < 20; round++)
        {
            var slot = await service.SlotInAsync(24 + (2 * round));
            var id = await service.HeldBookingAsync(slot);
            var to = service.Clock.GetUtcNow().AddHours(1000 + (2 * round));

            var move = Staff.UpdateSlot(slot, new { startTime = to, endTime = to.AddMinutes(30) });
            var cancel = service.Http.CancelAsync(id, Holders.Key);
            var (moved, cancelled) = (await move, await cancel);

            Assert.Equal(HttpStatusCode.NoContent, cancelled.Status);
            var recorded = await service.ScalarAsync<DateTime>("select start_time from consultation_cancelled_booking where id = @id", new { id });
            Assert.True(recorded < to.UtcDateTime.AddHours(-1)); // a booked slot does not move, so the record has the old place
            Assert.True(moved.Status == HttpStatusCode.OK || moved.Code == "CONSULTATION_BOOKING_SLOT_RESTRICTED");
        }
    }
}
