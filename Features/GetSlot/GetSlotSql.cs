namespace Consultation.Features.GetSlot;

internal static class GetSlotSql
{
    public const string Slot = $"""
        select {AdminSlot.Columns}, b.id, b.status::text as status
        from consultation_slot s
        left join consultation_booking b on b.slot_id = s.id
        where s.id = @Id
        """;
}
