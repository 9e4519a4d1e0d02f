using System.Text.Json.Serialization;
using Consultation.Infrastructure.Requests;
using FluentValidation;
using Microsoft.AspNetCore.Mvc;

namespace Consultation.Features.CancelMyBooking;

internal sealed record CancelMyBookingCommand : Request<CancelledMyBooking>
{
    [FromHeader(Name = BookingHolder.KeyHeader)]
    public string? AccessKey { get; init; }

    [JsonIgnore]
    public long Id { get; init; }

    [JsonIgnore]
    public BookingHolder Holder { get; init; }
}

/// <summary>There is nothing to say about a booking that is gone.</summary>
internal readonly record struct CancelledMyBooking;

internal sealed class CancelMyBookingValidator : AbstractValidator<CancelMyBookingCommand>
{
    public CancelMyBookingValidator() => RuleFor(command => command.Id).GreaterThan(0);
}
