using System.Net;
using System.Text.Json.Nodes;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Xunit;
using static Consultation.Tests.Support.Answers;

namespace Consultation.Tests.Features.GetBooking;

public sealed class GetBookingTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_booking_is_shown_with_its_slot_and_its_notifications()
    {
        var slot = await service.SlotAsync(Instant("2031-05-06T09:00:00Z"));
        var booked = await service.Http.PostAsync(
            HttpJson.Book, new { slotId = slot, name = "Ada Lovelace", email = "ada@example.org", phone = "+44 20 7946 0000", message = "Hello" }, Tokens.Customer("customer-7"));

        var booking = await Staff.Booking(booked["id"]);

        Assert.Equal(HttpStatusCode.OK, booking.Status);
        Assert.Equal(
            ["id", "status", "slot", "customerId", "name", "email", "phone", "message", "createdAt", "contactedAt", "contactedBy", "notifications"],
            booking.Body!.Members());
        Assert.Equal(
            $$"""{"id":{{slot}},"date":"2031-05-06","startTime":"2031-05-06T09:00:00Z","endTime":"2031-05-06T09:30:00Z"}""", booking["slot"].ToJsonString());
        Assert.Equal(
            ("pending", "customer-7", "Ada Lovelace", "ada@example.org", "+44 20 7946 0000", "Hello", booked.Body!.TextOf("createdAt")),
            (booking.Body!.TextOf("status"), booking.Body!.TextOf("customerId"), booking.Body!.TextOf("name"), booking.Body!.TextOf("email"),
                booking.Body!.TextOf("phone"), booking.Body!.TextOf("message"), booking.Body!.TextOf("createdAt")));
        Assert.Equal(
            [("notification.send_email", $"consultation:booking:{booked["id"]}:email"), ("notification.send_push", $"consultation:booking:{booked["id"]}:push:customer-7")],
            booking["notifications"].AsArray().Select(row => (row!.TextOf("job")!, row!.TextOf("dedupKey")!)));
    }

    [Fact]
    public async Task A_queued_notification_says_when_and_has_no_error_left()
    {
        var booked = await service.Http.BookAsync(await service.SlotInAsync(24));

        await Eventually.Async("the job is queued", Timeout, async () => (await OnlyNotification(Staff, booked)).TextOf("state") == "queued");

        var (booking, notification) = (await Staff.Booking(booked["id"]), await OnlyNotification(Staff, booked));
        Assert.Equal(["job", "dedupKey", "state", "attempts", "lastError", "queuedAt"], notification.Members());
        Assert.Equal(("1", null), (notification.TextOf("attempts"), notification.TextOf("lastError")));
        Assert.InRange(Instant(notification.TextOf("queuedAt")!), Instant(booking.Body!.TextOf("createdAt")!), service.Clock.GetUtcNow());
    }

    [Fact]
    public async Task A_guest_s_booking_has_no_message_no_customer_and_one_notification()
    {
        var booked = await service.Http.BookAsync(await service.SlotInAsync(24));

        var booking = (await Staff.Booking(booked["id"])).Body!;

        Assert.Equal((null, null, null, null), (booking.TextOf("customerId"), booking.TextOf("message"), booking.TextOf("contactedAt"), booking.TextOf("contactedBy")));
        Assert.Equal("notification.send_email", Assert.Single(booking["notifications"]!.AsArray())!.TextOf("job"));
    }

    [Fact]
    public async Task A_booking_whose_notifications_are_no_longer_kept_has_none()
    {
        var id = await service.BookingAsync(await service.SlotInAsync(24));

        Assert.Equal("[]", (await Staff.Booking(id))["notifications"].ToJsonString());
    }

    [Theory]
    [InlineData("999", "CONSULTATION_BOOKING_NOT_FOUND")]
    [InlineData("0", "NOT_FOUND")]
    [InlineData("-1", "NOT_FOUND")]
    [InlineData("9223372036854775808", "NOT_FOUND")]
    [InlineData("x", "NOT_FOUND")]
    public async Task What_is_no_booking_is_not_found(string id, string code)
    {
        var answer = await Staff.Booking(id);

        Assert.Equal((HttpStatusCode.NotFound, code), (answer.Status, answer.Code));
    }

    internal static async Task<JsonNode> OnlyNotification(Staff staff, Answer booked) =>
        Assert.Single((await staff.Booking(booked["id"]))["notifications"].AsArray())!;
}

/// <summary>A class of its own, since its one replica must not find the queue.</summary>
public sealed class GetBookingWhileTheQueueIsAwayTests(Service service) : IClassFixture<Service>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_notification_waits_counts_its_tries_and_says_what_went_wrong_until_the_queue_takes_it()
    {
        var away = service.StartReplica(("ConnectionStrings:NotificationsRedis", $"127.0.0.1:{GuardedServer.FreePort()}"));
        var staff = new Staff(away.Http);
        var booked = await away.Http.BookAsync(await service.SlotInAsync(24));

        await Eventually.Async("the job has failed", Timeout, async () => (await GetBookingTests.OnlyNotification(staff, booked)).TextOf("lastError") is not null);
        var failed = await GetBookingTests.OnlyNotification(staff, booked);
        await away.DisposeAsync();
        staff = new Staff(service.StartReplica().Http);
        service.Clock.Advance(TimeSpan.FromMinutes(1)); // no need to sit out the back-off
        await Eventually.Async("the job is queued", Timeout, async () => (await GetBookingTests.OnlyNotification(staff, booked)).TextOf("state") == "queued");
        var queued = await GetBookingTests.OnlyNotification(staff, booked);

        Assert.Equal(("pending", null), (failed.TextOf("state"), failed.TextOf("queuedAt")));
        Assert.True(failed["attempts"]!.GetValue<int>() >= 1);
        Assert.Null(queued.TextOf("lastError"));
        Assert.NotNull(queued.TextOf("queuedAt"));
        Assert.True(queued["attempts"]!.GetValue<int>() > failed["attempts"]!.GetValue<int>());
    }
}
