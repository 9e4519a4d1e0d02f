using System.ComponentModel;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using Consultation.Infrastructure.Time;
using Dapper;
using FluentValidation;
using NodaTime;
using Npgsql;

namespace Consultation.Features;

/// <summary>
/// Many slots at once: those that start on one of the days, at or after startTime and before endTime. Days, weekdays and the clock are those
/// of the zone, as its clocks read at the slot's start.
/// </summary>
internal abstract record SlotSelection<TAnswer> : Request<TAnswer>
{
    public DateOnly? DateFrom { get; init; }
    public DateOnly? DateTo { get; init; }

    [Description("Every day if left out.")]
    public DaysOfWeek? DaysOfWeek { get; init; }

    [WrittenAs(WallTime.StartPattern, "09:00")]
    public WallTime? StartTime { get; init; }
    public WallTime? EndTime { get; init; }

    [Description("The shop's zone if left out.")]
    public string? TimeZone { get; init; }

    [Description("Says what would be, and writes nothing.")]
    [DefaultValue(false)]
    public bool? DryRun { get; init; }
}

internal abstract class SlotSelectionValidator<TCommand, TAnswer> : AbstractValidator<TCommand> where TCommand : SlotSelection<TAnswer>
{
    protected SlotSelectionValidator()
    {
        RuleFor(command => command.DateFrom).NotNull().InclusiveBetween(FieldLimits.FirstDay, FieldLimits.LastDay);
        RuleFor(command => command.DateTo).NotNull().InclusiveBetween(FieldLimits.FirstDay, FieldLimits.LastDay)
            .Must((command, to) => !(to < command.DateFrom)).WithMessage("Must not be before dateFrom.")
            .Must((command, to) => command.DateFrom is not { } from || to!.Value.DayNumber - from.DayNumber < FieldLimits.BulkDays)
            .WithMessage($"The range must not be longer than {FieldLimits.BulkDays} days, both ends counted.");
        RuleFor(command => command.DaysOfWeek).Must(days => days is not { IsEmpty: true }).WithMessage("Must name at least one day, like MON-FRI.");
        RuleFor(command => command.StartTime).Must(start => start is not { Minutes: WallTime.MinutesOfDay }).WithMessage(WallTime.StartExpectation);
        RuleFor(command => command.EndTime)
            .Must((command, end) => end is not { } last || last.Minutes > (command.StartTime?.Minutes ?? 0))
            .WithMessage(WallTime.EndExpectation);
        RuleFor(command => command.TimeZone)
            .Must(name => name is null || TimeZones.Find(name) is not null).WithMessage("Must be an IANA time zone, like Europe/Berlin or UTC.");
    }
}

/// <summary>Finds what a selection selects, in a transaction that goes on with it.</summary>
internal static class SelectedSlots
{
    private const string Ids = """
        select s.id
        from unnest(@From::timestamptz[], @To::timestamptz[]) as stretch (from_time, to_time)
        join consultation_slot s on s.start_time >= stretch.from_time and s.start_time < stretch.to_time
        order by s.id
        limit @Limit
        """;

    /// <summary>
    /// Locked, so that no booking of them is committed before the transaction is. Whatever locks several slots takes them in the order of their ids,
    /// so that none wait for each other in a circle.
    /// </summary>
    private const string LockedIds = $"{Ids} for update of s";

    /// <returns>The ids; at most <paramref name="limit"/>. For a dry run they are not locked.</returns>
    public static async Task<long[]> SelectSlotsAsync<TAnswer>(
        this NpgsqlTransaction transaction, SlotSelection<TAnswer> selection, DateTimeZone shopZone, int limit, CancellationToken cancellationToken)
    {
        var stretches = SlotStretches.Of(
            selection.DateFrom!.Value,
            selection.DateTo!.Value,
            selection.DaysOfWeek ?? DaysOfWeek.All,
            selection.StartTime ?? default,
            selection.EndTime ?? new WallTime(WallTime.MinutesOfDay),
            selection.TimeZone is { } name ? TimeZones.Find(name)! : shopZone).ToList();
        var parameters = new { From = stretches.ConvertAll(stretch => stretch.From), To = stretches.ConvertAll(stretch => stretch.To), Limit = limit };
        return [.. await transaction.Connection!.QueryAsync<long>(
            Queries.Command(selection.DryRun == true ? Ids : LockedIds, parameters, cancellationToken, transaction))];
    }
}
