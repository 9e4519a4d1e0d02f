using System.Net;
using Consultation.Tests.Support;
using Xunit;
using static Consultation.Tests.Support.Answers;

namespace Consultation.Tests.Features.CreateSlot;

public sealed class CreateSlotTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_new_slot_is_answered_with_its_place_and_stands_there()
    {
        var created = await Staff.CreateSlot(new { startTime = "2031-05-06T09:00:00Z", endTime = "2031-05-06T09:30:00Z" });

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal(["id", "date", "startTime", "endTime", "isActive", "isBooked", "createdAt", "updatedAt"], created.Body!.Members());
        Assert.Equal(
            ("2031-05-06", "2031-05-06T09:00:00Z", "2031-05-06T09:30:00Z", "true", "false"),
            (created.Body!.TextOf("date"), created.Body!.TextOf("startTime"), created.Body!.TextOf("endTime"), created.Body!.TextOf("isActive"), created.Body!.TextOf("isBooked")));
        Assert.Equal(created.Body!.TextOf("createdAt"), created.Body!.TextOf("updatedAt"));
        Assert.Equal($"/api/admin/consultations/slots/{created["id"]}", created.Header("Location"));
        var found = (await Staff.Slot(created["id"])).Body!;
        Assert.All(created.Body!.Members(), member => Assert.Equal(created.Body!.TextOf(member), found.TextOf(member)));
    }

    [Fact]
    public async Task A_slot_may_start_its_life_switched_off()
    {
        var created = await Staff.CreateSlot(new { startTime = "2031-05-06T09:00:00Z", endTime = "2031-05-06T09:30:00Z", isActive = false });

        Assert.False(created["isActive"].GetValue<bool>());
        Assert.False((await Staff.Slot(created["id"]))["isActive"].GetValue<bool>());
    }

    [Fact]
    public async Task Times_may_have_any_offset_and_are_answered_in_UTC()
    {
        var created = await Staff.CreateSlot(new { startTime = "2031-05-06T03:00:00+05:45", endTime = "2031-05-05T18:00:00-04:00" });

        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal(
            ("2031-05-05", "2031-05-05T21:15:00Z", "2031-05-05T22:00:00Z"),
            (created.Body!.TextOf("date"), created.Body!.TextOf("startTime"), created.Body!.TextOf("endTime")));
    }

    [Fact]
    public async Task The_date_is_the_day_in_the_shop_s_zone()
    {
        var kathmandu = new Staff(service.StartReplica(("CONSULTATION_TIME_ZONE", "Asia/Kathmandu")).Http);

        var before = await kathmandu.CreateSlot(new { startTime = "2031-05-05T18:14:59Z", endTime = "2031-05-05T18:30:00Z" });
        var after = await kathmandu.CreateSlot(new { startTime = "2031-05-05T18:15:00Z", endTime = "2031-05-05T18:30:00Z" });

        Assert.Equal(("2031-05-05", "2031-05-06"), (before.Body!.TextOf("date"), after.Body!.TextOf("date")));
    }

    [Fact]
    public async Task Fractions_of_a_second_are_kept_as_PostgreSQL_keeps_them_and_tell_slots_apart()
    {
        var whole = await Staff.CreateSlot(new { startTime = "2031-05-06T09:00:00.0000009Z", endTime = "2031-05-06T09:30:00Z" });
        var same = await Staff.CreateSlot(new { startTime = "2031-05-06T09:00:00Z", endTime = "2031-05-06T09:30:00Z" });
        var other = await Staff.CreateSlot(new { startTime = "2031-05-06T09:00:00.123456Z", endTime = "2031-05-06T09:00:00.1234579Z" });

        Assert.Equal("2031-05-06T09:00:00Z", whole.Body!.TextOf("startTime"));
        Assert.Equal(HttpStatusCode.Conflict, same.Status);
        Assert.Equal(("2031-05-06T09:00:00.123456Z", "2031-05-06T09:00:00.123457Z"), (other.Body!.TextOf("startTime"), other.Body!.TextOf("endTime")));
    }

    [Fact]
    public async Task A_slot_too_short_for_PostgreSQL_is_refused() =>
        Assert.Equal(
            ["endTime"],
            (await Staff.CreateSlot(new { startTime = "2031-05-06T09:00:00.0000001Z", endTime = "2031-05-06T09:00:00.0000009Z" })).BadMembers);

    [Fact]
    public async Task A_taken_start_is_a_conflict_and_changes_nothing()
    {
        await Staff.CreateSlot(new { startTime = "2031-05-06T09:00:00Z", endTime = "2031-05-06T09:30:00Z" });

        var again = await Staff.CreateSlot(new { startTime = "2031-05-06T10:00:00+01:00", endTime = "2031-05-06T12:00:00Z", isActive = false });

        Assert.Equal((HttpStatusCode.Conflict, "CONSULTATION_SLOT_CONFLICT"), (again.Status, again.Code));
        Assert.Equal("2031-05-06T09:30:00Z", (await Staff.Slots())["items"][0]!.TextOf("endTime"));
    }

    [Fact]
    public async Task Of_twenty_who_create_the_same_slot_at_once_one_does()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ =>
            Staff.CreateSlot(new { startTime = "2031-05-06T09:00:00Z", endTime = "2031-05-06T09:30:00Z" })));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(answer => answer.Code == "CONSULTATION_SLOT_CONFLICT"));
    }

    [Fact]
    public async Task A_start_that_has_passed_is_refused_one_that_comes_in_a_minute_is_not()
    {
        var now = service.Clock.GetUtcNow();

        var past = await Staff.CreateSlot(new { startTime = now, endTime = now.AddHours(1) });
        var soon = await Staff.CreateSlot(new { startTime = now.AddMinutes(1), endTime = now.AddHours(1) });

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (past.Status, past.Code));
        Assert.Equal(["startTime"], past.BadMembers);
        Assert.Equal(HttpStatusCode.Created, soon.Status);
    }

    [Theory]
    [InlineData("""{ "startTime": "2031-05-06T09:00:00Z", "endTime": "2031-05-06T08:30:00Z" }""", "endTime")]
    [InlineData("""{ "startTime": "2031-05-06T09:00:00Z", "endTime": "2031-05-06T09:00:00Z" }""", "endTime")]
    [InlineData("""{ "startTime": "2031-05-06T09:00:00Z", "endTime": "2031-05-06T10:00:00+01:00" }""", "endTime")]
    [InlineData("""{ "startTime": "2020-05-06T09:00:00Z", "endTime": "2020-05-06T08:00:00Z" }""", "endTime startTime")]
    [InlineData("""{ "startTime": "2031-05-06T09:00:00Z" }""", "endTime")]
    [InlineData("""{ "endTime": "2031-05-06T09:00:00Z" }""", "startTime")]
    [InlineData("""{ }""", "endTime startTime")]
    [InlineData("""{ "startTime": null, "endTime": " ", "isActive": null }""", "endTime startTime")]
    [InlineData("""{ "startTime": "2031-05-06T09:00:00", "endTime": "2031-05-06", "isActive": "true" }""", "endTime isActive startTime")]
    [InlineData("""{ "startTime": "9999-12-31T23:00:00Z", "endTime": "0001-01-01T00:00:00Z" }""", "endTime startTime")]
    [InlineData("""{ "startTime": 1, "endTime": { }, "isActive": 0 }""", "endTime isActive startTime")]
    [InlineData("""{ "startTime": "2031-05-06T09:00:00Z", "startTime": "2031-05-06T09:00:00Z", "endTime": "2031-05-06T09:30:00Z" }""", "startTime")]
    public async Task A_bad_slot_is_refused_with_every_bad_member_by_name(string body, string members)
    {
        var answer = await Staff.CreateSlot(body);

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code));
        Assert.Equal(members, string.Join(' ', answer.BadMembers.Order()));
        Assert.Equal(0, await service.ScalarAsync<int>("select count(*) from consultation_slot"));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("")]
    public async Task A_body_that_is_no_object_is_named_as_the_body(string body)
    {
        var answer = await Staff.CreateSlot(body);

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code));
        Assert.Contains("body", answer.BadMembers);
    }
}
