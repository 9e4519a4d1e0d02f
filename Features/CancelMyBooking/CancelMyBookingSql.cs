namespace Consultation.Features.CancelMyBooking;

internal static class CancelMyBookingSql
{
    /// <summary>Gives no row for a booking that is not theirs or not there; else whether it was cancelled, which it is not once its slot has started.</summary>
    public const string Cancel = $"""
        with booking as (
            delete from consultation_booking b
            using consultation_slot s
            where b.id = @Id and s.id = b.slot_id and {BookingHolder.IsTheirs} and s.start_time > @Now
            returning {Cancellation.Columns}, case when b.customer_id = @CustomerId then 'customer' else 'guest' end as cancelled_by
        ), {Cancellation.Steps}
        select true from booking
        union all
        select false
        from consultation_booking b
        join consultation_slot s on s.id = b.slot_id
        where b.id = @Id and {BookingHolder.IsTheirs} and s.start_time <= @Now
        """;
}
