using System.Net;
using Consultation.Tests.Support;
using Xunit;
using static Consultation.Tests.Support.Answers;

namespace Consultation.Tests.Features.UpdateSlot;

public sealed class UpdateSlotTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string Start = "2031-05-06T09:00:00Z";
    private const string End = "2031-05-06T09:30:00Z";

    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_slot_moves_and_its_date_with_it()
    {
        var id = await service.SlotAsync(Instant(Start));

        var moved = await Staff.UpdateSlot(id, new { startTime = "2031-05-08T01:00:00+02:00", endTime = "2031-05-08T01:15:00+02:00" });

        Assert.Equal(HttpStatusCode.OK, moved.Status);
        Assert.Equal(["id", "date", "startTime", "endTime", "isActive", "isBooked", "createdAt", "updatedAt"], moved.Body!.Members());
        Assert.Equal(
            ($"{id}", "2031-05-07", "2031-05-07T23:00:00Z", "2031-05-07T23:15:00Z", "true"),
            (moved.Body!.TextOf("id"), moved.Body!.TextOf("date"), moved.Body!.TextOf("startTime"), moved.Body!.TextOf("endTime"), moved.Body!.TextOf("isActive")));
        await IsStored(id, moved);
    }

    [Fact]
    public async Task The_date_follows_the_new_start_in_the_shop_s_zone()
    {
        var kathmandu = new Staff(service.StartReplica(("CONSULTATION_TIME_ZONE", "Asia/Kathmandu")).Http);
        var id = await service.SlotAsync(Instant(Start));

        var moved = await kathmandu.UpdateSlot(id, new { startTime = "2031-05-07T18:15:00Z", endTime = "2031-05-07T19:00:00Z" });

        Assert.Equal(("2031-05-08", "2031-05-07T18:15:00Z"), (moved.Body!.TextOf("date"), moved.Body!.TextOf("startTime")));
    }

    [Theory]
    [InlineData("""{ "startTime": "2031-05-06T08:00:00Z" }""", "2031-05-06T08:00:00Z", End, "true")]
    [InlineData("""{ "startTime": "2031-05-06T08:00:00Z", "endTime": null, "isActive": null }""", "2031-05-06T08:00:00Z", End, "true")]
    [InlineData("""{ "endTime": "2031-05-06T10:00:00Z" }""", Start, "2031-05-06T10:00:00Z", "true")]
    [InlineData("""{ "startTime": null, "endTime": "2031-05-06T10:00:00Z", "isActive": null }""", Start, "2031-05-06T10:00:00Z", "true")]
    [InlineData("""{ "isActive": false }""", Start, End, "false")]
    [InlineData("""{ "startTime": null, "endTime": " ", "isActive": false, "colour": 1 }""", Start, End, "false")]
    [InlineData("""{ "startTime": "2031-05-06T08:00:00.25Z", "isActive": false }""", "2031-05-06T08:00:00.25Z", End, "false")]
    public async Task What_is_absent_or_null_stays_as_it_is(string body, string start, string end, string active)
    {
        var id = await service.SlotAsync(Instant(Start));

        var answer = await Staff.UpdateSlot(id, body);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal((start, end, active), (answer.Body!.TextOf("startTime"), answer.Body!.TextOf("endTime"), answer.Body!.TextOf("isActive")));
        await IsStored(id, answer);
    }

    [Theory]
    [InlineData("{}", "body")]
    [InlineData("""{ "startTime": null, "endTime": null, "isActive": null }""", "body")]
    [InlineData("""{ "colour": "blue", "isBooked": true, "StartTime": "2031-05-06T10:00:00Z", "date": "2031-05-07" }""", "body")]
    [InlineData("", "body")]
    [InlineData("null", "body")]
    [InlineData("""{ "isActive": "false" }""", "isActive")]
    [InlineData("""{ "startTime": "tomorrow", "endTime": 7, "isActive": 1 }""", "endTime isActive startTime")]
    [InlineData("""{ "startTime": "2031-05-06T10:00:00Z", "endTime": "2031-05-06T10:00:00Z" }""", "endTime")]
    [InlineData("""{ "startTime": "2031-05-06T10:00:00Z", "endTime": "2031-05-06T11:30:00+02:00" }""", "endTime")]
    [InlineData("""{ "isActive": true, "isActive": false }""", "isActive")]
    public async Task A_request_that_cannot_be_meant_is_refused(string body, string members)
    {
        var id = await service.SlotAsync(Instant(Start));
        var before = await Staff.Slot(id);

        var answer = await Staff.UpdateSlot(id, body);

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code));
        Assert.Equal(members, string.Join(' ', answer.BadMembers.Order()));
        Assert.Equal(before.Text, (await Staff.Slot(id)).Text);
    }

    [Theory]
    [InlineData("""{ "endTime": "2031-05-06T08:59:00Z" }""", "endTime")]
    [InlineData("""{ "endTime": "2031-05-06T09:00:00Z" }""", "endTime")]
    [InlineData("""{ "startTime": "2031-05-06T09:30:00Z" }""", "startTime")]
    [InlineData("""{ "startTime": "2031-05-06T10:00:00Z", "isActive": false }""", "startTime")]
    public async Task One_end_is_judged_against_the_stored_other_one(string body, string member)
    {
        var id = await service.SlotAsync(Instant(Start));
        var before = await Staff.Slot(id);

        var answer = await Staff.UpdateSlot(id, body);

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code));
        Assert.Equal([member], answer.BadMembers);
        Assert.Equal(before.Text, (await Staff.Slot(id)).Text);
    }

    [Fact]
    public async Task A_move_to_a_taken_place_is_a_conflict_and_changes_nothing()
    {
        var taken = await service.SlotAsync(Instant("2031-05-06T10:00:00Z"));
        var id = await service.SlotAsync(Instant(Start));
        var before = await Staff.Slots();

        var answer = await Staff.UpdateSlot(id, new { startTime = "2031-05-06T10:00:00Z", endTime = "2031-05-06T11:00:00Z", isActive = false });

        Assert.Equal((HttpStatusCode.Conflict, "CONSULTATION_SLOT_CONFLICT"), (answer.Status, answer.Code));
        Assert.Equal(before.Text, (await Staff.Slots()).Text);
        Assert.NotEqual(taken, id);
    }

    [Fact]
    public async Task Of_ten_slots_that_move_to_one_place_at_once_one_gets_there()
    {
        var slots = new List<long>();
        for (var minute = 0; minute < 10; minute++)
            slots.Add(await service.SlotAsync(Instant(Start).AddMinutes(minute), minutes: 1));

        var answers = await Task.WhenAll(slots.Select(id => Staff.UpdateSlot(id, new { startTime = "2031-05-07T10:00:00Z", endTime = "2031-05-07T11:00:00Z" })));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(9, answers.Count(answer => answer.Code == "CONSULTATION_SLOT_CONFLICT"));
    }

    [Theory]
    [InlineData("""{ "startTime": "2031-05-06T08:00:00Z" }""")]
    [InlineData("""{ "endTime": "2031-05-06T10:00:00Z" }""")]
    [InlineData("""{ "endTime": "2031-05-06T08:00:00Z" }""")]
    [InlineData("""{ "startTime": "2031-05-06T09:00:00Z", "endTime": "2031-05-06T10:00:00Z", "isActive": false }""")]
    [InlineData("""{ "startTime": "2020-05-06T08:00:00Z" }""")]
    [InlineData("""{ "startTime": "2031-05-07T09:00:00Z", "endTime": "2031-05-07T09:30:00Z" }""")]
    public async Task A_booked_slot_keeps_its_times_before_anything_else_is_looked_at(string body)
    {
        await service.SlotAsync(Instant("2031-05-07T09:00:00Z"));
        var id = await service.SlotAsync(Instant(Start));
        await service.BookingAsync(id);
        var before = await Staff.Slot(id);

        var answer = await Staff.UpdateSlot(id, body);

        Assert.Equal((HttpStatusCode.BadRequest, "CONSULTATION_BOOKING_SLOT_RESTRICTED"), (answer.Status, answer.Code));
        Assert.Equal(before.Text, (await Staff.Slot(id)).Text);
    }

    [Fact]
    public async Task A_new_start_in_the_past_is_refused()
    {
        var id = await service.SlotInAsync(24);
        var before = await Staff.Slot(id);

        var answer = await Staff.UpdateSlot(id, new { startTime = service.Clock.GetUtcNow().AddMinutes(-1) });

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code));
        Assert.Equal(["startTime"], answer.BadMembers);
        Assert.Equal(before.Text, (await Staff.Slot(id)).Text);
    }

    [Fact]
    public async Task A_slot_that_has_started_may_end_later_and_may_move_to_the_future()
    {
        var id = await service.SlotAsync(Instant("2021-05-06T09:00:00Z"));

        var longer = await Staff.UpdateSlot(id, new { endTime = "2021-05-06T11:00:00Z" });
        var moved = await Staff.UpdateSlot(id, new { startTime = Start, endTime = End });

        Assert.Equal(("2021-05-06T09:00:00Z", "2021-05-06T11:00:00Z"), (longer.Body!.TextOf("startTime"), longer.Body!.TextOf("endTime")));
        Assert.Equal((HttpStatusCode.OK, "2031-05-06"), (moved.Status, moved.Body!.TextOf("date")));
    }

    [Theory]
    [InlineData(false, 2031)]
    [InlineData(true, 2031)]
    [InlineData(false, 2021)]
    [InlineData(true, 2021)]
    public async Task Sending_the_times_it_has_is_no_change(bool booked, int year)
    {
        var id = await service.SlotAsync(Instant($"{year}-05-06T09:00:00Z"));
        if (booked)
            await service.BookingAsync(id);
        var before = (await Staff.Slot(id)).Body!;

        foreach (var body in new object[]
                 {
                     new { startTime = $"{year}-05-06T09:00:00Z" },
                     new { endTime = $"{year}-05-06T09:30:00.000Z" },
                     new { startTime = $"{year}-05-06T14:45:00+05:45", endTime = $"{year}-05-06T05:30:00-04:00" },
                     new { startTime = $"{year}-05-06T09:00Z", endTime = $"{year}-05-06T09:30:00+00:00", isActive = true },
                 })
        {
            var answer = await Staff.UpdateSlot(id, body);

            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.All(answer.Body!.Members(), member => Assert.Equal(before.TextOf(member), answer.Body!.TextOf(member)));
        }
    }

    [Theory]
    [InlineData(false, 2031)]
    [InlineData(true, 2031)]
    [InlineData(false, 2021)]
    [InlineData(true, 2021)]
    public async Task Switching_is_always_allowed(bool booked, int year)
    {
        var id = await service.SlotAsync(Instant($"{year}-05-06T09:00:00Z"));
        if (booked)
            await service.BookingAsync(id);

        var off = await Staff.UpdateSlot(id, new { isActive = false });
        var on = await Staff.UpdateSlot(id, new { isActive = true, startTime = $"{year}-05-06T09:00:00Z", endTime = $"{year}-05-06T09:30:00Z" });

        Assert.Equal((HttpStatusCode.OK, "false", booked), (off.Status, off.Body!.TextOf("isActive"), off["isBooked"].GetValue<bool>()));
        Assert.Equal((HttpStatusCode.OK, "true", booked), (on.Status, on.Body!.TextOf("isActive"), on["isBooked"].GetValue<bool>()));
        await IsStored(id, on);
    }

    [Fact]
    public async Task UpdatedAt_moves_with_a_change_and_only_with_one()
    {
        var id = (await Staff.CreateSlot(new { startTime = Start, endTime = End }))["id"].GetValue<long>();
        var created = (await Staff.Slot(id)).Body!.TextOf("updatedAt");

        service.Clock.Advance(TimeSpan.FromMinutes(5));
        var same = await Staff.UpdateSlot(id, new { startTime = Start, isActive = true });
        await Staff.UpdateSlot(id, new { endTime = Start });
        var refused = (await Staff.Slot(id)).Body!.TextOf("updatedAt");
        var changed = await Staff.UpdateSlot(id, new { isActive = false });

        Assert.Equal(created, same.Body!.TextOf("updatedAt"));
        Assert.Equal(created, refused);
        Assert.InRange(Instant(changed.Body!.TextOf("updatedAt")!) - Instant(created!), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(6));
        Assert.Equal(created, changed.Body!.TextOf("createdAt"));
    }

    [Theory]
    [InlineData("999", "CONSULTATION_SLOT_NOT_FOUND")]
    [InlineData("0", "NOT_FOUND")]
    [InlineData("x", "NOT_FOUND")]
    public async Task What_is_no_slot_cannot_be_changed(string id, string code)
    {
        var answer = await Staff.UpdateSlot(id, new { isActive = false });

        Assert.Equal((HttpStatusCode.NotFound, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task After_a_deactivation_or_a_move_is_answered_no_booking_of_the_old_state_succeeds()
    {
        var off = await service.SlotInAsync(24);
        await Staff.UpdateSlot(off, new { isActive = false });
        Assert.Equal("CONSULTATION_SLOT_INACTIVE", (await service.Http.BookAsync(off)).Code);

        for (var round = 0; round < 10; round++)
        {
            var slot = await service.SlotInAsync(48 + round);
            var (booked, moved) = (service.Http.BookAsync(slot), Staff.UpdateSlot(slot, new { startTime = Instant(Start).AddHours(round), endTime = Instant(End).AddHours(round) }));
            await Task.WhenAll(booked, moved);

            // The booking comes after the move, or the move is refused because of the booking.
            if ((await moved).Status == HttpStatusCode.OK)
                Assert.Equal(Instant(Start).AddHours(round).Written(), (await booked)["slot"].TextOf("startTime"));
            else
                Assert.Equal((HttpStatusCode.Created, "CONSULTATION_BOOKING_SLOT_RESTRICTED"), ((await booked).Status, (await moved).Code));
        }
    }

    private async Task IsStored(long id, Answer answer)
    {
        var stored = (await Staff.Slot(id)).Body!;
        Assert.All(answer.Body!.Members(), member => Assert.Equal(stored.TextOf(member), answer.Body!.TextOf(member)));
    }
}
