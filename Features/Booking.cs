namespace Consultation.Features;

/// <summary>A booking waits until somebody of the staff has contacted its customer.</summary>
internal enum BookingStatus
{
    Pending,
    Contacted,
}

/// <summary>A booking as staff see it.</summary>
internal record AdminBooking
{
    /// <summary>The columns behind it, of a booking <c>b</c> and its slot <c>s</c>; the slot's come last, from <c>id</c> on.</summary>
    public const string Columns = """
        b.id, b.status::text as status, b.customer_id, b.name, b.email, b.phone, b.message, b.created_at, b.contacted_at, b.contacted_by,
        s.id, s.date, s.start_time, s.end_time
        """;

    public long Id { get; init; }
    public BookingStatus Status { get; init; }
    public Slot Slot { get; init; } = null!;
    public string? CustomerId { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string Phone { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ContactedAt { get; init; }
    public string? ContactedBy { get; init; }
}
