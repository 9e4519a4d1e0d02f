using System.Text.Json.Serialization;
using Consultation.Infrastructure.Requests;
using FluentValidation;

namespace Consultation.Features.MarkContacted;

internal sealed record MarkContactedCommand : Request<AdminBooking>
{
    public BookingStatus? Status { get; init; }

    [JsonIgnore]
    public long Id { get; init; }

    [JsonIgnore]
    public string? ContactedBy { get; init; }
}

internal sealed class MarkContactedValidator : AbstractValidator<MarkContactedCommand>
{
    public MarkContactedValidator() => RuleFor(command => command.Status)
        .Equal(BookingStatus.Contacted).WithMessage("Must be contacted: a booking can change to nothing else.");
}
