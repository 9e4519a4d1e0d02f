using System.Text.Json.Serialization;
using Consultation.Infrastructure.Requests;
using FluentValidation;

namespace Consultation.Features.UpdateSlot;

internal sealed record UpdateSlotCommand : Request<AdminSlot>
{
    public DateTimeOffset? StartTime { get; init; }
    public DateTimeOffset? EndTime { get; init; }
    public bool? IsActive { get; init; }

    [JsonIgnore]
    public long Id { get; init; }
}

/// <summary>Only what the request alone can break; what depends on the slot as it is, the handler looks at.</summary>
internal sealed class UpdateSlotValidator : AbstractValidator<UpdateSlotCommand>
{
    public UpdateSlotValidator()
    {
        RuleFor(command => command).Must(command => command.StartTime is not null || command.EndTime is not null || command.IsActive is not null)
            .When(command => command.BindingErrors.Count == 0)
            .WithMessage("At least one of startTime, endTime and isActive is needed.").OverridePropertyName("body");
        // not >, which FluentValidation refuses when there is no startTime
        RuleFor(command => command.EndTime).Must((command, end) => !(end <= command.StartTime)).WithMessage("Must be after startTime.");
    }
}
