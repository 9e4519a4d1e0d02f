using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Migrations;
using Dapper;
using MediatR;
using Npgsql;

namespace Consultation.Features.UpdateSlot;

internal sealed class UpdateSlotHandler(Postgres postgres, ShopCalendar time) : IRequestHandler<UpdateSlotCommand, Outcome<AdminSlot>>
{
    public async Task<Outcome<AdminSlot>> Handle(UpdateSlotCommand command, CancellationToken cancellationToken)
    {
        var now = time.Now;
        try
        {
            var slot = await UpdateAsync(command, now, cancellationToken);
            return slot is null ? Refusals.SlotNotFound : Judge(command, slot, now);
        }
        catch (PostgresException refused) when (refused.ConstraintName == Constraints.SlotDateStart)
        {
            return Refusals.SlotConflict;
        }
    }

    private Task<AdminSlot?> UpdateAsync(UpdateSlotCommand command, DateTimeOffset now, CancellationToken cancellationToken) =>
        postgres.QueryMultipleAsync(
            UpdateSlotSql.Update,
            new
            {
                command.Id,
                command.StartTime,
                command.EndTime,
                command.IsActive,
                Date = time.DayOf(command.StartTime ?? now), // looked at only when the start changes
                Now = now,
            },
            async results =>
            {
                await results.ReadAsync<long>();
                return await results.ReadSingleOrDefaultAsync<AdminSlot>();
            },
            cancellationToken);

    /// <summary>The slot is as wanted, or else something about it, as it is now, stood in the way.</summary>
    private static Outcome<AdminSlot> Judge(UpdateSlotCommand command, AdminSlot slot, DateTimeOffset now)
    {
        var (start, end) = (command.StartTime ?? slot.StartTime, command.EndTime ?? slot.EndTime);
        if ((start, end, command.IsActive ?? slot.IsActive) == (slot.StartTime, slot.EndTime, slot.IsActive))
            return slot;
        if (slot.IsBooked)
            return Refusals.SlotRestricted;
        return start <= now && start != slot.StartTime
            ? Refusal.Invalid("startTime", "Must be in the future.")
            : Refusal.Invalid(command.EndTime is null ? "startTime" : "endTime", "A slot has to end after it starts.");
    }
}
