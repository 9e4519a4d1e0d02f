using Consultation.Infrastructure.Paging;
using FluentValidation;

namespace Consultation.Features.SearchSlots;

internal sealed record SearchSlotsQuery : PagedQuery<AdminSlot>
{
    public DateOnly? DateFrom { get; init; }
    public DateOnly? DateTo { get; init; }
    public bool? IsActive { get; init; }
    public bool? IsBooked { get; init; }
}

internal sealed class SearchSlotsValidator : PagedQueryValidator<SearchSlotsQuery, AdminSlot>
{
    public SearchSlotsValidator() => // not >=, which FluentValidation refuses when there is no dateFrom
        RuleFor(query => query.DateTo).Must((query, to) => !(to < query.DateFrom)).WithMessage("Must not be before dateFrom.");
}
