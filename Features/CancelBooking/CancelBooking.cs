using System.ComponentModel;
using System.Text.Json.Serialization;
using Consultation.Infrastructure.Requests;
using FluentValidation;

namespace Consultation.Features.CancelBooking;

internal sealed record CancelBookingCommand : Request<CancelledBooking>
{
    [Description("Why, for staff's eyes alone.")]
    public string? Reason { get; init; }

    [Description("false sends the customer nothing.")]
    [DefaultValue(true)]
    public bool? Notify { get; init; }

    [JsonIgnore]
    public long Id { get; init; }

    [JsonIgnore]
    public string StaffId { get; init; } = "";
}

/// <summary>There is nothing to say about a booking that is gone.</summary>
internal readonly record struct CancelledBooking;

internal sealed class CancelBookingValidator : AbstractValidator<CancelBookingCommand>
{
    public CancelBookingValidator() => RuleFor(command => command.Reason)
        .MaximumLength(FieldLimits.Reason).Must(reason => reason is null || !reason.Any(char.IsControl)).WithMessage("Must not contain control characters.");
}
