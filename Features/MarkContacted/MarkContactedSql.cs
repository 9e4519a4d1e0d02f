namespace Consultation.Features.MarkContacted;

internal static class MarkContactedSql
{
    /// <summary>
    /// Two statements in one round trip. The first changes a pending booking once: of two at the same time the second waits and then
    /// finds nothing pending. The other tells what the booking is now.
    /// </summary>
    public const string MarkContacted = $"""
        update consultation_booking
        set status = 'contacted', contacted_at = @Now, contacted_by = @ContactedBy, updated_at = @Now
        where id = @Id and status = 'pending';

        select {AdminBooking.Columns}
        from consultation_booking b
        join consultation_slot s on s.id = b.slot_id
        where b.id = @Id;
        """;
}
