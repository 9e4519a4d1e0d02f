using FluentValidation;

namespace Consultation.Features.BulkSwitchSlots;

internal sealed record BulkSwitchSlotsCommand : SlotSelection<SwitchedSlots>
{
    public bool? IsActive { get; init; }
}

/// <summary>How many slots were selected, how many of them changed, and how many have a booking.</summary>
internal sealed record SwitchedSlots
{
    public int Matched { get; init; }
    public int Changed { get; init; }
    public int Booked { get; init; }
}

internal sealed class BulkSwitchSlotsValidator : SlotSelectionValidator<BulkSwitchSlotsCommand, SwitchedSlots>
{
    public BulkSwitchSlotsValidator() => RuleFor(command => command.IsActive).NotNull();
}
