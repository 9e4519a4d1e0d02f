using System.Text.Json.Serialization;
using Consultation.Infrastructure.Requests;
using FluentValidation;

namespace Consultation.Features.GetBooking;

internal sealed record GetBookingQuery : Request<BookingDetails>
{
    public long Id { get; init; }
}

/// <summary>A booking as staff see it, with what has become of its notifications.</summary>
internal sealed record BookingDetails : AdminBooking
{
    [JsonPropertyOrder(1)]
    public IReadOnlyList<Notification> Notifications { get; init; } = [];
}

internal enum NotificationState
{
    Pending,
    Queued,
}

/// <summary>One job: attempts counts the tries so far, lastError is null once it is queued.</summary>
internal sealed record Notification
{
    public required string Job { get; init; }
    public required string DedupKey { get; init; }
    public NotificationState State { get; init; }
    public int Attempts { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset? QueuedAt { get; init; }
}

internal sealed class GetBookingValidator : AbstractValidator<GetBookingQuery>
{
    public GetBookingValidator() => RuleFor(query => query.Id).GreaterThan(0);
}
