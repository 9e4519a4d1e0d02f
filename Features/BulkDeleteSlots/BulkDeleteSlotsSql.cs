namespace Consultation.Features.BulkDeleteSlots;

internal static class BulkDeleteSlotsSql
{
    /// <summary>A statement of its own after the locks, so that it sees every booking that was committed before them.</summary>
    public const string Delete = """
        with slot as (
            select s.id, exists (select from consultation_booking b where b.slot_id = s.id) as is_booked
            from consultation_slot s
            where s.id = any(@Ids)
        ), deleted as (
            delete from consultation_slot s
            using slot
            where s.id = slot.id and not slot.is_booked and not @DryRun
        )
        select count(*)::int as matched, (count(*) filter (where not is_booked))::int as deleted, (count(*) filter (where is_booked))::int as kept
        from slot
        """;
}
