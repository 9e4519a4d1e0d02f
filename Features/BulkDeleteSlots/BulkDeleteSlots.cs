namespace Consultation.Features.BulkDeleteSlots;

internal sealed record BulkDeleteSlotsCommand : SlotSelection<DeletedSlots>;

/// <summary>How many slots were selected, how many of them are gone, and how many stay since they have a booking.</summary>
internal sealed record DeletedSlots
{
    public int Matched { get; init; }
    public int Deleted { get; init; }
    public int Kept { get; init; }
}

internal sealed class BulkDeleteSlotsValidator : SlotSelectionValidator<BulkDeleteSlotsCommand, DeletedSlots>;
