using Consultation.Migrations;

namespace Consultation.Features.CreateSlot;

internal static class CreateSlotSql
{
    /// <summary>Gives no row when the constraint finds the place taken.</summary>
    public const string Insert = $"""
        insert into consultation_slot (date, start_time, end_time, is_active, created_at, updated_at)
        values (@Date, @StartTime, @EndTime, @IsActive, @Now, @Now)
        on conflict on constraint {Constraints.SlotDateStart} do nothing
        returning id, date, start_time, end_time, is_active, false as is_booked, created_at, updated_at
        """;
}
