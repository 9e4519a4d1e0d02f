using Consultation.Infrastructure.Requests;
using FluentValidation;

namespace Consultation.Features.GetSlot;

internal sealed record GetSlotQuery : Request<SlotDetails>
{
    public long Id { get; init; }
}

/// <summary>A slot as staff see it, with its booking, if there is one.</summary>
internal sealed record SlotDetails
{
    public long Id { get; init; }
    public DateOnly Date { get; init; }
    public DateTimeOffset StartTime { get; init; }
    public DateTimeOffset EndTime { get; init; }
    public bool IsActive { get; init; }
    public bool IsBooked { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public SlotBooking? Booking { get; init; }
}

internal sealed record SlotBooking
{
    public long Id { get; init; }
    public BookingStatus Status { get; init; }
}

internal sealed class GetSlotValidator : AbstractValidator<GetSlotQuery>
{
    public GetSlotValidator() => RuleFor(query => query.Id).GreaterThan(0);
}
