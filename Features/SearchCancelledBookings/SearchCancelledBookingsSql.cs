namespace Consultation.Features.SearchCancelledBookings;

internal static class SearchCancelledBookingsSql
{
    private const string Found = """
        from consultation_cancelled_booking c
        where (@DateFrom::date is null or c.date >= @DateFrom)
          and (@DateTo::date is null or c.date <= @DateTo)
        """;

    public const string Page = $"""
        select count(*)
        {Found};

        select c.id, c.customer_id, c.name, c.email, c.phone, c.created_at, c.contacted_at, c.cancelled_at, c.cancelled_by, c.reason,
            c.slot_id as id, c.date, c.start_time, c.end_time
        {Found}
        order by c.cancelled_at desc, c.id desc
        limit @PageSize offset @PageOffset;
        """;
}
