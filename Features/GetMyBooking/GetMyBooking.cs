using System.Text.Json.Serialization;
using Consultation.Infrastructure.Requests;
using FluentValidation;
using Microsoft.AspNetCore.Mvc;

namespace Consultation.Features.GetMyBooking;

internal sealed record GetMyBookingQuery : Request<MyBookingDetails>
{
    [FromHeader(Name = BookingHolder.KeyHeader)]
    public string? AccessKey { get; init; }

    [JsonIgnore]
    public long Id { get; init; }

    [JsonIgnore]
    public BookingHolder Holder { get; init; }
}

/// <summary>A booking as who holds it sees it.</summary>
internal sealed record MyBookingDetails
{
    public long Id { get; init; }
    public BookingStatus Status { get; init; }
    public Slot Slot { get; init; } = null!;
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string Phone { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ContactedAt { get; init; }
}

internal sealed class GetMyBookingValidator : AbstractValidator<GetMyBookingQuery>
{
    public GetMyBookingValidator() => RuleFor(query => query.Id).GreaterThan(0);
}
