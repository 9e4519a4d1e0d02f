using Consultation.Infrastructure.Requests;
using FluentValidation;

namespace Consultation.Features.DeleteSlot;

internal sealed record DeleteSlotCommand : Request<DeletedSlot>
{
    public long Id { get; init; }
}

/// <summary>There is nothing to say about a slot that is gone.</summary>
internal readonly record struct DeletedSlot;

internal sealed class DeleteSlotValidator : AbstractValidator<DeleteSlotCommand>
{
    public DeleteSlotValidator() => RuleFor(command => command.Id).GreaterThan(0);
}
