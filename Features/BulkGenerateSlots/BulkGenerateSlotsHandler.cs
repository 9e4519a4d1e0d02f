using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Time;
using Dapper;
using MediatR;
using Npgsql;

namespace Consultation.Features.BulkGenerateSlots;

internal sealed class BulkGenerateSlotsHandler(Postgres postgres, ShopCalendar time, ShopOptions options)
    : IRequestHandler<BulkGenerateSlotsCommand, Outcome<GeneratedSlots>>
{
    public async Task<Outcome<GeneratedSlots>> Handle(BulkGenerateSlotsCommand command, CancellationToken cancellationToken)
    {
        var plan = SlotPlan.Of(PatternOf(command)).Take(options.BulkMaxSlots + 1).ToList();
        if (plan.Count == 0)
            return Refusal.Invalid("daysOfWeek", "This pattern yields no slot.");
        if (plan.Count > options.BulkMaxSlots)
            return Refusal.Invalid("endDate", $"This pattern yields more than {options.BulkMaxSlots} slots.");

        var now = time.Now;
        var past = plan.RemoveAll(slot => slot.StartTime <= now);
        var slots = plan.ConvertAll(slot => new AdminSlot { Date = time.DayOf(slot.StartTime), StartTime = slot.StartTime, EndTime = slot.EndTime, IsActive = true });
        return await postgres.UseAsync(
            (db, token) => command.DryRun == true ? Preview(db, slots, past, token) : Create(db, slots, past, now, command.OnConflict ?? OnConflict.Fail, token),
            cancellationToken);
    }

    private static async Task<Outcome<GeneratedSlots>> Preview(NpgsqlConnection db, List<AdminSlot> slots, int past, CancellationToken cancellationToken)
    {
        var existing = (await db.QueryAsync<SlotPlace>(Queries.Command(
            BulkGenerateSlotsSql.Existing, Parameters(slots, now: null), cancellationToken))).Select(slot => slot.StartTime).ToHashSet();
        var missing = slots.FindAll(slot => !existing.Contains(slot.StartTime));
        return new GeneratedSlots(missing.Count, slots.Count - missing.Count, past, missing);
    }

    /// <summary>Inserts and looks afterwards what the constraint has left out: looking first could be overtaken.</summary>
    private static async Task<Outcome<GeneratedSlots>> Create(
        NpgsqlConnection db, List<AdminSlot> slots, int past, DateTimeOffset now, OnConflict onConflict, CancellationToken cancellationToken)
    {
        await using var transaction = await db.BeginTransactionAsync(cancellationToken);
        var created = (await db.QueryAsync<AdminSlot>(Queries.Command(
            BulkGenerateSlotsSql.Insert, Parameters(slots, now), cancellationToken, transaction))).OrderBy(slot => slot.StartTime).ToList();

        if (onConflict == OnConflict.Fail && created.Count < slots.Count)
        {
            await transaction.RollbackAsync(cancellationToken);
            var places = created.Select(slot => slot.StartTime).ToHashSet();
            return Refusals.SlotConflict.With("conflicts", slots
                .Where(slot => !places.Contains(slot.StartTime)).Take(FieldLimits.Conflicts).Select(slot => new SlotPlace { Date = slot.Date, StartTime = slot.StartTime }).ToList());
        }
        await transaction.CommitAsync(cancellationToken);
        return new GeneratedSlots(created.Count, slots.Count - created.Count, past, created);
    }

    private static object Parameters(List<AdminSlot> slots, DateTimeOffset? now) => new
    {
        Dates = slots.Select(slot => slot.Date).ToArray(),
        Starts = slots.Select(slot => slot.StartTime).ToArray(),
        Ends = slots.Select(slot => slot.EndTime).ToArray(),
        Now = now,
    };

    private SlotPattern PatternOf(BulkGenerateSlotsCommand command)
    {
        return new SlotPattern(
            command.StartDate!.Value,
            command.EndDate!.Value,
            command.DaysOfWeek!.Value,
            command.StartTime!.Value.Minutes,
            command.EndTime!.Value.Minutes,
            command.IntervalMinutes!.Value,
            [.. (command.Breaks ?? []).Select(pause => (pause!.StartTime.Minutes, pause.EndTime.Minutes))],
            (command.ExcludeDates ?? []).ToHashSet(),
            command.TimeZone is { } name ? TimeZones.Find(name)! : time.Zone);
    }
}
