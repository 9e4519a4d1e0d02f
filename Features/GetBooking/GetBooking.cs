using Consultation.Infrastructure.Messaging;
using FluentValidation;

namespace Consultation.Features.GetBooking;

internal sealed record GetBookingQuery : Message<BookingDetails>
{
    public long Id { get; init; }
}

/// <summary>A booking as staff see it, with what has become of its notifications.</summary>
internal sealed record BookingDetails
{
    public long Id { get; init; }
    public BookingStatus Status { get; init; }
    public Slot Slot { get; init; } = null!;
    public string? CustomerId { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string Phone { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ContactedAt { get; init; }
    public string? ContactedBy { get; init; }
    public IReadOnlyList<Notification> Notifications { get; init; } = [];
}

internal enum NotificationState
{
    Pending,
    Queued,
}

/// <summary>One job: <see cref="Attempts"/> counts the tries so far, <see cref="LastError"/> is null once it is queued.</summary>
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
