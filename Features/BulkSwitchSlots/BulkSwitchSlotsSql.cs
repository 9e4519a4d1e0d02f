namespace Consultation.Features.BulkSwitchSlots;

internal static class BulkSwitchSlotsSql
{
    /// <summary>A statement of its own after the locks, so that it sees every booking that was committed before them.</summary>
    public const string Switch = """
        with slot as (
            select s.id, s.is_active <> @IsActive as changes, exists (select from consultation_booking b where b.slot_id = s.id) as is_booked
            from consultation_slot s
            where s.id = any(@Ids)
        ), changed as (
            update consultation_slot s
            set is_active = @IsActive, updated_at = @Now
            from slot
            where s.id = slot.id and slot.changes and not @DryRun
        )
        select count(*)::int as matched, (count(*) filter (where changes))::int as changed, (count(*) filter (where is_booked))::int as booked
        from slot
        """;
}
