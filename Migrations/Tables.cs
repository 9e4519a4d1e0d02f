namespace Consultation.Migrations;

/// <summary>The tables that requests read and write. The service is ready once its role may.</summary>
internal static class Tables
{
    public static readonly IReadOnlyList<string> All = ["consultation_slot", "consultation_booking", "consultation_cancelled_booking", "notification_outbox"];
}
