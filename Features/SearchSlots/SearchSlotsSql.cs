namespace Consultation.Features.SearchSlots;

internal static class SearchSlotsSql
{
    private const string Found = """
        from consultation_slot s
        left join consultation_booking b on b.slot_id = s.id
        where (@DateFrom::date is null or s.date >= @DateFrom)
          and (@DateTo::date is null or s.date <= @DateTo)
          and (@IsActive::boolean is null or s.is_active = @IsActive)
          and (@IsBooked::boolean is null or (b.id is not null) = @IsBooked)
        """;

    public const string Page = $"""
        select count(*)
        {Found};

        select {AdminSlot.Columns}
        {Found}
        order by s.start_time, s.id
        limit @PageSize offset @PageOffset;
        """;
}
