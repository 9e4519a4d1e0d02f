using System.ComponentModel;
using Consultation.Infrastructure.Requests;
using FluentValidation;

namespace Consultation.Features.ListSlots;

/// <summary>Open slots of a range of days, both ends included.</summary>
internal sealed record ListSlotsQuery : Request<SlotList>
{
    [Description("A day in the shop's time zone; today if left out.")]
    public DateOnly? DateFrom { get; init; }

    [Description("The last day; 30 days after dateFrom if left out.")]
    public DateOnly? DateTo { get; init; }

    /// <summary>The range with its defaults: from today, for <see cref="FieldLimits.DefaultListDays"/> more days.</summary>
    public (DateOnly From, DateOnly To) Range(ShopCalendar time)
    {
        var from = DateFrom ?? time.Today;
        return (from, DateTo ?? DateOnly.FromDayNumber(Math.Min(from.DayNumber + FieldLimits.DefaultListDays, DateOnly.MaxValue.DayNumber)));
    }
}

internal sealed record SlotList(IReadOnlyList<Slot> Items, int Total);

internal sealed class ListSlotsValidator : AbstractValidator<ListSlotsQuery>
{
    public ListSlotsValidator(ShopCalendar time)
    {
        RuleFor(query => query.DateTo)
            .Must((query, _) => query.Range(time) is var (from, to) && from <= to).WithMessage("Must not be before dateFrom.")
            .Must((query, _) => query.Range(time) is var (from, to) && to.DayNumber - from.DayNumber < FieldLimits.ListDays)
            .WithMessage($"The range must not be longer than {FieldLimits.ListDays} days, both ends counted.");
    }
}
