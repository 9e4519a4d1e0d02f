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

    /// <summary>From today, for <see cref="FieldLimits.DefaultListDays"/> more days, where a day is left out.</summary>
    public ListSlotsQuery WithDefaults(DateOnly today)
    {
        var from = DateFrom ?? today;
        return this with { DateFrom = from, DateTo = DateTo ?? DateOnly.FromDayNumber(Math.Min(from.DayNumber + FieldLimits.DefaultListDays, DateOnly.MaxValue.DayNumber)) };
    }
}

internal sealed record SlotList(IReadOnlyList<Slot> Items, int Total);

internal sealed class ListSlotsValidator : AbstractValidator<ListSlotsQuery>
{
    public ListSlotsValidator() =>
        RuleFor(query => query.DateTo)
            .Must((query, to) => query.DateFrom <= to).WithMessage("Must not be before dateFrom.")
            .Must((query, to) => to!.Value.DayNumber - query.DateFrom!.Value.DayNumber < FieldLimits.ListDays)
            .WithMessage($"The range must not be longer than {FieldLimits.ListDays} days, both ends counted.");
}
