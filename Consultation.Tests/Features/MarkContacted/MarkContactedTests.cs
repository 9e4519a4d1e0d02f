using System.Net;
using Consultation.Tests.Support;
using Xunit;
using static Consultation.Tests.Support.Answers;

namespace Consultation.Tests.Features.MarkContacted;

public sealed class MarkContactedTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_booking_remembers_who_contacted_its_customer_and_when()
    {
        var id = await service.BookingAsync(await service.SlotInAsync(24));
        var before = service.Clock.GetUtcNow().AddSeconds(-1);

        var answer = await new Staff(service.Http, "grace").UpdateBooking(id, """{ "status": "contacted", "contactedBy": "somebody else", "name": 7 }""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(
            ["id", "status", "slot", "customerId", "name", "email", "phone", "message", "createdAt", "contactedAt", "contactedBy"], answer.Body!.Members());
        Assert.Equal(($"{id}", "contacted", "grace"), (answer.Body!.TextOf("id"), answer.Body!.TextOf("status"), answer.Body!.TextOf("contactedBy")));
        Assert.InRange(Instant(answer.Body!.TextOf("contactedAt")!), before, service.Clock.GetUtcNow());
        var stored = (await Staff.Booking(id)).Body!;
        Assert.All(answer.Body!.Members(), member => Assert.Equal(stored.TextOf(member), answer.Body!.TextOf(member)));
    }

    [Fact]
    public async Task Repeating_it_changes_nothing_whoever_does()
    {
        var id = await service.BookingAsync(await service.SlotInAsync(24));
        var first = await new Staff(service.Http, "grace").MarkContacted(id);
        var updated = await service.ScalarAsync<DateTime>("select updated_at from consultation_booking where id = @id", new { id });

        service.Clock.Advance(TimeSpan.FromHours(1));
        var second = await new Staff(service.Http, "ada").MarkContacted(id);

        Assert.Equal(HttpStatusCode.OK, second.Status);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal("grace", second.Body!.TextOf("contactedBy"));
        Assert.Equal(updated, await service.ScalarAsync<DateTime>("select updated_at from consultation_booking where id = @id", new { id }));
    }

    [Fact]
    public async Task Of_twenty_at_once_one_is_remembered_and_all_are_told_who()
    {
        var id = await service.BookingAsync(await service.SlotInAsync(24));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => new Staff(service.Http, $"admin-{i}").MarkContacted(id)));

        Assert.Single(answers.Select(answer => (answer.Status, answer.Text)).Distinct());
    }

    [Fact]
    public async Task A_slot_that_is_past_or_switched_off_does_not_matter()
    {
        var id = await service.BookingAsync(await service.SlotInAsync(-24, active: false));

        Assert.Equal("contacted", (await Staff.MarkContacted(id)).Body!.TextOf("status"));
    }

    [Theory]
    [InlineData("""{ "status": "pending" }""", "status")]
    [InlineData("""{ "status": "Contacted" }""", "status")]
    [InlineData("""{ "status": "CONTACTED" }""", "status")]
    [InlineData("""{ "status": "cancelled" }""", "status")]
    [InlineData("""{ "status": "1" }""", "status")]
    [InlineData("""{ "status": 1 }""", "status")]
    [InlineData("""{ "status": true }""", "status")]
    [InlineData("""{ "status": ["contacted"] }""", "status")]
    [InlineData("""{ "status": null }""", "status")]
    [InlineData("""{ "status": " " }""", "status")]
    [InlineData("""{ "Status": "contacted" }""", "status")]
    [InlineData("{}", "status")]
    [InlineData("""{ "status": "contacted", "status": "contacted" }""", "status")]
    [InlineData("\"contacted\"", "body")]
    [InlineData("", "body")]
    public async Task Any_other_status_is_refused(string body, string member)
    {
        var id = await service.BookingAsync(await service.SlotInAsync(24));

        var answer = await Staff.UpdateBooking(id, body);

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code));
        Assert.Contains(member, answer.BadMembers);
        Assert.Equal("pending", (await Staff.Booking(id)).Body!.TextOf("status"));
    }

    [Fact]
    public async Task A_contacted_booking_does_not_go_back_to_pending()
    {
        var id = await service.BookingAsync(await service.SlotInAsync(24));
        await Staff.MarkContacted(id);

        var answer = await Staff.UpdateBooking(id, new { status = "pending" });

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code));
        Assert.Equal("contacted", (await Staff.Booking(id)).Body!.TextOf("status"));
    }

    [Theory]
    [InlineData("999", "CONSULTATION_BOOKING_NOT_FOUND")]
    [InlineData("0", "NOT_FOUND")]
    [InlineData("9223372036854775808", "NOT_FOUND")]
    public async Task What_is_no_booking_is_not_found(string id, string code)
    {
        var answer = await Staff.UpdateBooking(id, new { status = "contacted" });

        Assert.Equal((HttpStatusCode.NotFound, code), (answer.Status, answer.Code));
    }
}
