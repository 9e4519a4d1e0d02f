namespace Consultation.Features.DeleteSlot;

internal static class DeleteSlotSql
{
    public const string Delete = "delete from consultation_slot where id = @Id";
}
