namespace Consultation.Features.ListMyBookings;

internal static class ListMyBookingsSql
{
    public const string Page = """
        select count(*) from consultation_booking where customer_id = @CustomerId;

        select b.id, b.status::text as status, b.message, b.created_at, b.contacted_at, s.id, s.date, s.start_time, s.end_time
        from consultation_booking b
        join consultation_slot s on s.id = b.slot_id
        where b.customer_id = @CustomerId
        order by b.created_at desc, b.id desc
        limit @PageSize offset @PageOffset;
        """;
}
