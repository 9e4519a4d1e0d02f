using Consultation.Infrastructure.Errors;

namespace Consultation.Features;

/// <summary>What the service refuses to do, by its stable codes.</summary>
internal static class Refusals
{
    public static readonly Refusal SlotNotFound = new(404, "CONSULTATION_SLOT_NOT_FOUND", "This slot does not exist.")
    {
        Happened = "No slot has this id: it was deleted, or never was there.",
        WhatToDo = "List the slots again, and choose one of those.",
    };

    public static readonly Refusal BookingNotFound = new(404, "CONSULTATION_BOOKING_NOT_FOUND", "This booking does not exist.")
    {
        Happened = "No booking has this id, or it was cancelled, or it is not yours to see: these cases cannot be told apart.",
        WhatToDo = "Check the id, and the token or the `Booking-Key` that was sent with it.",
    };

    public static readonly Refusal SlotInactive = new(400, "CONSULTATION_SLOT_INACTIVE", "This slot is no longer available.")
    {
        Happened = "Staff have switched the slot off, so it cannot be booked.",
        WhatToDo = "Offer the slots in `alternatives`, and list the open slots again.",
    };

    public static readonly Refusal SlotPast = new(400, "CONSULTATION_SLOT_PAST_DATE", "This slot has already started.")
    {
        Happened = "The start of the slot has passed, so it can be neither booked nor cancelled by its customer.",
        WhatToDo = "When booking, offer the slots in `alternatives`. To cancel, the customer has to talk to the shop.",
    };

    public static readonly Refusal SlotAlreadyBooked = new(400, "CONSULTATION_SLOT_ALREADY_BOOKED", "This slot is already booked.")
    {
        Happened = "Somebody else was faster: a slot has one booking at most.",
        WhatToDo = "Offer the slots in `alternatives`. To repeat a request that may have been answered already, send the `Idempotency-Key` that it had.",
    };

    public static readonly Refusal SlotRestricted = new(400, "CONSULTATION_BOOKING_SLOT_RESTRICTED", "This slot has a booking, so it cannot be moved or deleted.")
    {
        Happened = "The slot has a booking, and its customer was told when it is.",
        WhatToDo = "Switch the slot off instead (`isActive: false`), or cancel its booking first.",
    };

    public static readonly Refusal SlotConflict = new(409, "CONSULTATION_SLOT_CONFLICT", "A slot with this date and start time already exists.")
    {
        Happened = "There is a slot at this start already, and two at once cannot be. When many were to be created, `conflicts` lists the first of those in the way, and none was created.",
        WhatToDo = "Choose another start. When creating many, `onConflict: \"skip\"` keeps those that exist and creates the others.",
    };

    public static readonly Refusal KeyReused = new(422, "IDEMPOTENCY_KEY_REUSED", "This request cannot be repeated with other details. Please start again.")
    {
        Happened = "The `Idempotency-Key` belongs to a booking that was made with another payload.",
        WhatToDo = "Make a new key for each booking, and send it again only with exactly the same values.",
    };

    /// <summary>For a selection of more slots than one request may write.</summary>
    public static Refusal TooManySlots(int atMost) => Refusal.Invalid("dateTo", $"This selects more than {atMost} slots; choose fewer days or hours.");

    public static IReadOnlyList<Refusal> All { get; } =
        [.. Refusal.Common, SlotNotFound, BookingNotFound, SlotInactive, SlotPast, SlotAlreadyBooked, SlotRestricted, SlotConflict, KeyReused];
}
