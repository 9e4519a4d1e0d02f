namespace Consultation.Features.SearchBookings;

internal static class SearchBookingsSql
{
    private const string Found = """
        from consultation_booking b
        join consultation_slot s on s.id = b.slot_id
        where (@Status::text is null or b.status = @Status::consultation_booking_status)
          and (@DateFrom::date is null or s.date >= @DateFrom)
          and (@DateTo::date is null or s.date <= @DateTo)
          and (@CustomerId::text is null or b.customer_id = @CustomerId)
          and (@Pattern::text is null or b.name ilike @Pattern or b.email ilike @Pattern or b.phone ilike @Pattern)
        """;

    public const string Page = $"""
        select count(*)
        {Found};

        select {AdminBooking.Columns}
        {Found}
        order by b.created_at desc, b.id desc
        limit @PageSize offset @PageOffset;
        """;
}
