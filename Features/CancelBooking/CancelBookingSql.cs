namespace Consultation.Features.CancelBooking;

internal static class CancelBookingSql
{
    /// <summary>Gives a row if there was a booking to cancel.</summary>
    public const string Cancel = $"""
        with booking as (
            delete from consultation_booking b
            using consultation_slot s
            where b.id = @Id and s.id = b.slot_id
            returning {Cancellation.Columns}, @StaffId as cancelled_by
        ), {Cancellation.Steps}
        select id from booking
        """;
}
