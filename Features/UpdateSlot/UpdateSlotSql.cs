namespace Consultation.Features.UpdateSlot;

internal static class UpdateSlotSql
{
    /// <summary>
    /// Three statements in one round trip and one transaction. The first takes the slot from bookings that are under way, so that the
    /// second, whose snapshot is younger, sees every booking there is; it changes the slot only if everything allows it. The third
    /// tells what the slot is now, which is also why a change was refused.
    /// </summary>
    public const string Update = $"""
        select id from consultation_slot where id = @Id for update;

        update consultation_slot s
        set date = case when wanted.start_time = s.start_time then s.date else @Date end,
            start_time = wanted.start_time,
            end_time = wanted.end_time,
            is_active = wanted.is_active,
            updated_at = @Now
        from (
            select id, coalesce(@StartTime, start_time) as start_time, coalesce(@EndTime, end_time) as end_time, coalesce(@IsActive, is_active) as is_active
            from consultation_slot
            where id = @Id
        ) wanted
        where s.id = wanted.id
          and (wanted.start_time, wanted.end_time, wanted.is_active) <> (s.start_time, s.end_time, s.is_active)
          and wanted.start_time < wanted.end_time
          and (wanted.start_time = s.start_time or wanted.start_time > @Now)
          and ((wanted.start_time, wanted.end_time) = (s.start_time, s.end_time)
               or not exists (select from consultation_booking b where b.slot_id = s.id));

        select {AdminSlot.Columns}
        from consultation_slot s
        left join consultation_booking b on b.slot_id = s.id
        where s.id = @Id;
        """;
}
