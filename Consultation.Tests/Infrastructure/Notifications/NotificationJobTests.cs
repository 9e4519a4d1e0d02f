using Consultation.Infrastructure.Notifications;
using Xunit;

namespace Consultation.Tests.Infrastructure.Notifications;

public sealed class NotificationJobTests
{
    private static readonly TimeZoneInfo Kathmandu = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kathmandu");

    private static readonly OutboxRow Row = new()
    {
        Job = "notification.send_email",
        DedupKey = "consultation:booking:5:email",
        BookingId = 5,
        CustomerId = "c-1",
        Name = "Zoë \"Ω\" प्रिया 😀",
        Email = "zoe@example.org",
        SlotId = 12,
        Date = new DateOnly(2026, 12, 1),
        StartTime = new DateTime(2026, 12, 1, 3, 15, 0, DateTimeKind.Utc),
        EndTime = new DateTime(2026, 12, 1, 3, 45, 0, DateTimeKind.Utc),
    };

    [Fact]
    public void An_email_says_exactly_what_the_contract_lists()
    {
        var job = NotificationJob.Of(Row, Kathmandu);

        Assert.Equal("notification.send_email", job.Name);
        Assert.Equal("consultation:booking:5:email", job.DedupKey);
        AssertJson(
            """
            {"dedupKey":"consultation:booking:5:email","bookingId":5,"to":"zoe@example.org","template":"consultation.booking_created","name":"Zoë \"Ω\" प्रिया 😀","slot":{"id":12,"date":"2026-12-01","startTime":"2026-12-01T03:15:00Z","endTime":"2026-12-01T03:45:00Z","timeZone":"Asia/Kathmandu","summary":"Tuesday, 1 December 2026, 09:00–09:30 (Asia/Kathmandu)"}}
            """,
            job.Data);
    }

    [Fact]
    public void A_push_names_the_customer_in_place_of_the_address()
    {
        var job = NotificationJob.Of(Row with { Job = "notification.send_push", DedupKey = "consultation:booking:5:push:c-1" }, Kathmandu);

        Assert.Equal("notification.send_push", job.Name);
        AssertJson(
            """
            {"dedupKey":"consultation:booking:5:push:c-1","bookingId":5,"customerId":"c-1","template":"consultation.booking_created","name":"Zoë \"Ω\" प्रिया 😀","slot":{"id":12,"date":"2026-12-01","startTime":"2026-12-01T03:15:00Z","endTime":"2026-12-01T03:45:00Z","timeZone":"Asia/Kathmandu","summary":"Tuesday, 1 December 2026, 09:00–09:30 (Asia/Kathmandu)"}}
            """,
            job.Data);
    }

    /// <summary>Members, their order and their values, whatever is escaped.</summary>
    private static void AssertJson(string expected, string actual) =>
        Assert.Equal(System.Text.Json.Nodes.JsonNode.Parse(expected)!.ToJsonString(), System.Text.Json.Nodes.JsonNode.Parse(actual)!.ToJsonString());
}
