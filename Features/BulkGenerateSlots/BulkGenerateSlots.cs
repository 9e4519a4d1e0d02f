using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using Consultation.Infrastructure.Time;
using FluentValidation;

namespace Consultation.Features.BulkGenerateSlots;

internal sealed record BulkGenerateSlotsCommand : Request<GeneratedSlots>
{
    public DateOnly? StartDate { get; init; }
    public DateOnly? EndDate { get; init; }
    public DaysOfWeek? DaysOfWeek { get; init; }

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
    public BulkGenerateSlotsValidator()
    {
        RuleFor(command => command.StartDate).NotNull().InclusiveBetween(FieldLimits.FirstDay, FieldLimits.LastDay);
        RuleFor(command => command.EndDate).NotNull().InclusiveBetween(FieldLimits.FirstDay, FieldLimits.LastDay)
            .Must((command, end) => !(end < command.StartDate)).WithMessage("Must not be before startDate.")
            .Must((command, end) => command.StartDate is not { } start || end!.Value.DayNumber - start.DayNumber < FieldLimits.BulkDays)
            .WithMessage($"The range must not be longer than {FieldLimits.BulkDays} days, both ends counted.");
        RuleFor(command => command.DaysOfWeek).NotNull().Must(days => days is not { IsEmpty: true }).WithMessage("Must name at least one day, like MON-FRI.");
        RuleFor(command => command.StartTime).NotNull()
            .Must(start => start!.Value.Minutes < WallTime.MinutesOfDay).WithMessage(WallTime.StartExpectation);
        RuleFor(command => command.EndTime).NotNull()
            .Must((command, end) => command.StartTime is not { } start || end!.Value.Minutes > start.Minutes).WithMessage(WallTime.EndExpectation);
        RuleFor(command => command.IntervalMinutes).NotNull().InclusiveBetween(FieldLimits.IntervalMin, FieldLimits.IntervalMax);
        RuleFor(command => command.Breaks)
            .Must(breaks => breaks is null || breaks.All(pause => pause is not null && pause.StartTime.Minutes < pause.EndTime.Minutes))
            .WithMessage("Each break needs a startTime and an endTime after it, like 12:00 and 13:00.");
        RuleFor(command => command.TimeZone)
            .Must(name => name is null || TimeZones.Find(name) is not null).WithMessage("Must be an IANA time zone, like Europe/Berlin or UTC.");
    }
}
