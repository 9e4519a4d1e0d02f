namespace Consultation.Features.ListSlots;

internal static class ListSlotsSql
{
    public const string OpenSlots = """
        select s.id, s.date, s.start_time, s.end_time
        from consultation_slot s
        where s.date between @From and @To
          and s.is_active
          and s.start_time > @Now
          and not exists (select from consultation_booking b where b.slot_id = s.id)
        order by s.start_time, s.id
        """;
}
