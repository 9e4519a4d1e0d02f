namespace Consultation.Migrations;

/// <summary>The names by which the database says what it forbids; the service matches a refusal by these and never by text.</summary>
internal static class Constraints
{
    public const string SlotDateStart = "consultation_slot_date_start_uq";
    public const string SlotTime = "consultation_slot_time_check";

    public const string BookingSlot = "consultation_booking_slot_uq";
    public const string BookingSlotReference = "consultation_booking_slot_fk";
    public const string BookingIdempotency = "consultation_booking_idempotency_uq";
    public const string BookingContactedState = "consultation_booking_contacted_state_ck";
    public const string BookingName = "consultation_booking_name_ck";
    public const string BookingEmail = "consultation_booking_email_ck";
    public const string BookingPhone = "consultation_booking_phone_ck";

    public const string OutboxDedupKey = "notification_outbox_dedup_key_uq";

    public const string ZoneOnlyRow = "consultation_zone_only_row_ck";
}
