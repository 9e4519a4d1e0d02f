using Consultation.Infrastructure.Requests;
using FluentValidation;

namespace Consultation.Features.CreateSlot;

internal sealed record CreateSlotCommand : Request<AdminSlot>
{
    public DateTimeOffset? StartTime { get; init; }
    public DateTimeOffset? EndTime { get; init; }
    public bool? IsActive { get; init; }
}

internal sealed class CreateSlotValidator : AbstractValidator<CreateSlotCommand>
{
    public CreateSlotValidator(ShopCalendar time)
    {
        RuleFor(command => command.StartTime).NotNull().Must(start => start > time.Now).WithMessage("Must be in the future.");
        // not >, which FluentValidation refuses when there is no startTime
        RuleFor(command => command.EndTime).NotNull().Must((command, end) => !(end <= command.StartTime)).WithMessage("Must be after startTime.");
    }
}
