using Consultation.Infrastructure.Paging;
using FluentValidation;

namespace Consultation.Features.SearchBookings;

internal sealed record SearchBookingsQuery : PagedQuery<AdminBooking>
{
    public BookingStatus? Status { get; init; }

    /// <summary>Days of the slot, both included.</summary>
    public DateOnly? DateFrom { get; init; }
    public DateOnly? DateTo { get; init; }
    public string? CustomerId { get; init; }

    /// <summary>A part of name, email or phone, in any case.</summary>
    public string? Search { get; init; }
}

internal sealed class SearchBookingsValidator : PagedQueryValidator<SearchBookingsQuery, AdminBooking>
{
    public SearchBookingsValidator()
    {
        // not >=, which FluentValidation refuses when there is no dateFrom
        RuleFor(query => query.DateTo).Must((query, to) => !(to < query.DateFrom)).WithMessage("Must not be before dateFrom.");
        RuleFor(query => query.CustomerId).MaximumLength(FieldLimits.CustomerId).Must(BeText).WithMessage("Must not contain control characters.");
        RuleFor(query => query.Search).MaximumLength(FieldLimits.Search).Must(BeText).WithMessage("Must not contain control characters.");
    }

    private static bool BeText(string? text) => text is null || !text.Any(char.IsControl);
}
