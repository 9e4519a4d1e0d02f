using Consultation.Infrastructure.Paging;
using FluentValidation;

namespace Consultation.Features.SearchCancelledBookings;

internal sealed record SearchCancelledBookingsQuery : PagedQuery<CancelledBookingRecord>
{
    /// <summary>Days of the slot, both included.</summary>
    public DateOnly? DateFrom { get; init; }
    public DateOnly? DateTo { get; init; }
}

/// <summary>A booking that was cancelled, with its slot as it was then.</summary>
internal sealed record CancelledBookingRecord
{
    public long Id { get; init; }
    public Slot Slot { get; init; } = null!;
    public string? CustomerId { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string Phone { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ContactedAt { get; init; }
    public DateTimeOffset CancelledAt { get; init; }

    /// <summary><c>customer</c> by their token, <c>guest</c> by the booking's key alone, or the staff member's subject.</summary>
    public required string CancelledBy { get; init; }
    public string? Reason { get; init; }
}

internal sealed class SearchCancelledBookingsValidator : PagedQueryValidator<SearchCancelledBookingsQuery, CancelledBookingRecord>
{
    public SearchCancelledBookingsValidator() => // not >=, which FluentValidation refuses when there is no dateFrom
        RuleFor(query => query.DateTo).Must((query, to) => !(to < query.DateFrom)).WithMessage("Must not be before dateFrom.");
}
