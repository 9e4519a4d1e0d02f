using System.Text.Json.Nodes;

namespace Consultation.Features;

/// <summary>What members look like in the API description, by their names, or by type and name where that is not enough.</summary>
internal static class Examples
{
    public static readonly IReadOnlyDictionary<string, JsonNode?> ByMember = new Dictionary<string, JsonNode?>
    {
        ["slotId"] = 12,
        ["name"] = "Ada Lovelace",
        ["email"] = "ada@example.org",
        ["phone"] = "+44 20 7946 0000",
        ["message"] = "Afternoons suit me best.",
        ["Idempotency-Key"] = "5f0d1c2e-8a47-4f4c-9d52-3a1b7c9e0f11",
        ["If-None-Match"] = "\"5c1f\"",
        ["customerId"] = "customer-1",
        ["contactedBy"] = "admin-1",
        ["search"] = "ada@",
        ["limit"] = 20,
        ["endTime"] = "2026-12-01T09:30:00Z",
        ["endDate"] = "2026-12-31",
        ["dateTo"] = "2026-12-31",
        ["daysOfWeek"] = "MON-FRI",
        ["intervalMinutes"] = 30,
        ["excludeDates"] = "2026-12-25",
        ["timeZone"] = "Asia/Kathmandu",
        ["job"] = "notification.send_email",
        ["dedupKey"] = "consultation:booking:1:email",
        ["lastError"] = "The queue cannot be reached.",
        ["total"] = 1,

        // what belongs together, as it would be
        ["BulkGenerateSlotsCommand.startTime"] = "09:00",
        ["BulkGenerateSlotsCommand.endTime"] = "17:00",
        ["BulkGenerateSlotsCommand.dryRun"] = false,
        ["breaks.startTime"] = "12:00",
        ["breaks.endTime"] = "13:00",
        ["GeneratedSlots.skipped"] = 0,
        ["GeneratedSlots.past"] = 0,
        ["AdminSlot.isBooked"] = false,
        ["AdminBooking.status"] = "contacted",
        ["BookingDetails.status"] = "contacted",
        ["MyBooking.status"] = "contacted",
        ["Notification.queuedAt"] = null,
        ["Liveness.status"] = "healthy",
        ["Readiness.status"] = "degraded",
        ["Readiness.checks"] = new JsonObject { ["postgres"] = "healthy", ["redis"] = "degraded", ["notifications"] = "healthy" },
        ["503 Readiness"] = new JsonObject
        {
            ["status"] = "unhealthy",
            ["checks"] = new JsonObject { ["postgres"] = "unhealthy", ["redis"] = "healthy", ["notifications"] = "healthy" },
        },
    };
}
