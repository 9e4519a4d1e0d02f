using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using Consultation.Infrastructure.Time;
using FluentValidation;

namespace Consultation.Features.BulkGenerateSlots;

internal sealed record BulkGenerateSlotsCommand : Request<GeneratedSlots>
{
    public DateOnly? StartDate { get; init; }
    public DateOnly? EndDate { get; init; }
    public IReadOnlyList<string?>? DaysOfWeek { get; init; }

    [WrittenAs(WallTime.StartPattern, "09:00")]
    public WallTime? StartTime { get; init; }

    public WallTime? EndTime { get; init; }
    public int? IntervalMinutes { get; init; }
    public IReadOnlyList<Break?>? Breaks { get; init; }
    public IReadOnlyList<DateOnly>? ExcludeDates { get; init; }
    public string? TimeZone { get; init; }
    public OnConflict? OnConflict { get; init; }
    public bool? DryRun { get; init; }
}

internal sealed record Break
{
    [WrittenAs(WallTime.StartPattern, "12:00", WallTime.StartExpectation)]
    public required WallTime StartTime { get; init; }

    public required WallTime EndTime { get; init; }
}

internal enum OnConflict
{
    Fail,
    Skip,
}

/// <summary>What was created, or would be; skipped counts slots that existed, past those that had started.</summary>
internal sealed record GeneratedSlots(int Created, int Skipped, int Past, IReadOnlyList<AdminSlot> Slots);

/// <summary>The place of a slot that stands in the way.</summary>
internal sealed record SlotPlace
{
    public DateOnly Date { get; init; }
    public DateTimeOffset StartTime { get; init; }
}

internal sealed class BulkGenerateSlotsValidator : AbstractValidator<BulkGenerateSlotsCommand>
{
    // near the ends of time a zone's offset has nowhere to go
    private static readonly DateOnly First = new(2, 1, 1);
    private static readonly DateOnly Last = new(9998, 12, 30);

    public BulkGenerateSlotsValidator()
    {
        RuleFor(command => command.StartDate).NotNull().InclusiveBetween(First, Last);
        RuleFor(command => command.EndDate).NotNull().InclusiveBetween(First, Last)
            .Must((command, end) => !(end < command.StartDate)).WithMessage("Must not be before startDate.")
            .Must((command, end) => command.StartDate is not { } start || end!.Value.DayNumber - start.DayNumber < FieldLimits.BulkDays)
            .WithMessage($"The range must not be longer than {FieldLimits.BulkDays} days, both ends counted.");
        RuleFor(command => command.DaysOfWeek).NotEmpty()
            .Must(days => days!.All(day => BulkGenerateSlots.DaysOfWeek.TryParse(day, out _)))
            .WithMessage("Must be days of the week, each a name (MON, monday) or a range (MON-FRI, friday-monday).");
        RuleFor(command => command.StartTime).NotNull()
            .Must(start => start!.Value.Minutes < WallTime.MinutesOfDay).WithMessage($"Must be {WallTime.StartExpectation}.");
        RuleFor(command => command.EndTime).NotNull()
            .Must((command, end) => command.StartTime is not { } start || end!.Value.Minutes > start.Minutes)
            .WithMessage("Must be after startTime. For a window over midnight make two: one that ends at 24:00, and one from 00:00 on the days that follow.");
        RuleFor(command => command.IntervalMinutes).NotNull().InclusiveBetween(FieldLimits.IntervalMin, FieldLimits.IntervalMax);
        RuleFor(command => command.Breaks)
            .Must(breaks => breaks is null || breaks.All(pause => pause is not null && pause.StartTime.Minutes < pause.EndTime.Minutes))
            .WithMessage("Each break needs a startTime and an endTime after it, like 12:00 and 13:00.");
        RuleFor(command => command.TimeZone)
            .Must(name => name is null || TimeZones.Find(name) is not null).WithMessage("Must be an IANA time zone, like Europe/Berlin or UTC.");
    }
}
