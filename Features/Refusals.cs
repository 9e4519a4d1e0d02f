using Consultation.Infrastructure.Errors;

namespace Consultation.Features;

/// <summary>What the service refuses to do, by its stable codes.</summary>
internal static class Refusals
{
    public static readonly Refusal SlotNotFound = new(404, "CONSULTATION_SLOT_NOT_FOUND", "This slot does not exist.");
    public static readonly Refusal BookingNotFound = new(404, "CONSULTATION_BOOKING_NOT_FOUND", "This booking does not exist.");
    public static readonly Refusal SlotInactive = new(400, "CONSULTATION_SLOT_INACTIVE", "This slot is no longer available.");
    public static readonly Refusal SlotPast = new(400, "CONSULTATION_SLOT_PAST_DATE", "This slot has already started.");
    public static readonly Refusal SlotAlreadyBooked = new(400, "CONSULTATION_SLOT_ALREADY_BOOKED", "This slot is already booked.");
    public static readonly Refusal SlotRestricted = new(400, "CONSULTATION_BOOKING_SLOT_RESTRICTED", "This slot has a booking, so it cannot be moved or deleted.");
    public static readonly Refusal SlotConflict = new(409, "CONSULTATION_SLOT_CONFLICT", "A slot with this date and start time already exists.");
    public static readonly Refusal KeyReused = new(422, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used for another booking.");

    /// <summary>For a selection of more slots than one request may write.</summary>
    public static Refusal TooManySlots(int atMost) => Refusal.Invalid("dateTo", $"This selects more than {atMost} slots; choose fewer days or hours.");
}
