using Consultation.Infrastructure.Paging;

namespace Consultation.Features.SearchSlots;

internal static class SearchSlotsSql
{
    public const string From = "s.date >= @DateFrom";
    public const string To = "s.date <= @DateTo";
    public const string Active = "s.is_active = @IsActive";
    public const string Booked = "b.id is not null";
    public const string Open = "b.id is null";

    public static readonly ListSql Slots = new(
        AdminSlot.Columns,
        "consultation_slot s left join consultation_booking b on b.slot_id = s.id",
        Instant: "s.start_time",
        Id: "s.id",
        NewestFirst: false);
}
