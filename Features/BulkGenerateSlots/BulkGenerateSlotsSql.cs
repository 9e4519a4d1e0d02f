using Consultation.Migrations;

namespace Consultation.Features.BulkGenerateSlots;

internal static class BulkGenerateSlotsSql
{
    private const string Planned = "unnest(@Dates::date[], @Starts::timestamptz[], @Ends::timestamptz[]) as planned (date, start_time, end_time)";

    /// <summary>
    /// Inserts what is not there yet. In order of start, as every plan comes, so that two that overlap wait for each other and never
    /// in a circle.
    /// </summary>
    public const string Insert = $"""
        insert into consultation_slot (date, start_time, end_time, created_at, updated_at)
        select date, start_time, end_time, @Now, @Now
        from {Planned}
        on conflict on constraint {Constraints.SlotDateStart} do nothing
        returning id, date, start_time, end_time, is_active, false as is_booked, created_at, updated_at
        """;

    public const string Existing = $"""
        select s.date, s.start_time
        from {Planned}
        join consultation_slot s on s.date = planned.date and s.start_time = planned.start_time
        """;
}
