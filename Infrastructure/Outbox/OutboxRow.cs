namespace Consultation.Infrastructure.Outbox;

/// <summary>A row of the outbox with what its job says of the booking and the slot.</summary>
internal sealed record OutboxRow
{
    public long Id { get; init; }

    public required string Job { get; init; }

    public required string DedupKey { get; init; }

    public int Attempts { get; init; }

    public long BookingId { get; init; }

    public string? CustomerId { get; init; }

    public required string Name { get; init; }

    public required string Email { get; init; }

    public long SlotId { get; init; }

    public DateOnly Date { get; init; }

    /// <summary>UTC.</summary>
    public DateTime StartTime { get; init; }

    /// <summary>UTC.</summary>
    public DateTime EndTime { get; init; }
}
