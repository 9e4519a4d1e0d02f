namespace Consultation.Features.UpdateSlot;

internal static class UpdateSlotSql
{
    /// <summary>
    /// Two statements in one round trip and one transaction. The first takes the slot from bookings that are under way, so that the second, whose
    /// snapshot is younger, sees every booking there is. It changes the slot only if everything allows it, and tells what the slot is now; that
    /// is also why a change was refused, so it is told by the same snapshot: a booking that is cancelled meanwhile was still there.
    /// </summary>
    public const string Update = """
        select id from consultation_slot where id = @Id for update;

        with slot as (
            select s.id, s.date, s.start_time, s.end_time, s.is_active,
                exists (select from consultation_booking b where b.slot_id = s.id) as is_booked, s.created_at, s.updated_at,
                coalesce(@StartTime, s.start_time) as wanted_start, coalesce(@EndTime, s.end_time) as wanted_end,
                coalesce(@IsActive, s.is_active) as wanted_active
            from consultation_slot s
            where s.id = @Id
        ), changed as (
            update consultation_slot s
            set date = case when slot.wanted_start = slot.start_time then slot.date else @Date end,
                start_time = slot.wanted_start,
                end_time = slot.wanted_end,
                is_active = slot.wanted_active,
                updated_at = @Now
            from slot
            where s.id = slot.id
              and (slot.wanted_start, slot.wanted_end, slot.wanted_active) <> (slot.start_time, slot.end_time, slot.is_active)
              and slot.wanted_start < slot.wanted_end
              and (slot.wanted_start = slot.start_time or slot.wanted_start > @Now)
              and ((slot.wanted_start, slot.wanted_end) = (slot.start_time, slot.end_time) or not slot.is_booked)
            returning s.id, s.date, s.start_time, s.end_time, s.is_active, slot.is_booked, s.created_at, s.updated_at
        )
        select id, date, start_time, end_time, is_active, is_booked, created_at, updated_at from changed
        union all
        select id, date, start_time, end_time, is_active, is_booked, created_at, updated_at from slot where not exists (select from changed);
        """;
}
