namespace Consultation.Features;

/// <summary>A slot as customers see it, and as a booking names it.</summary>
internal sealed record Slot
{
    public long Id { get; init; }

    /// <summary>The day of the start in the shop's zone.</summary>
    public DateOnly Date { get; init; }
    public DateTimeOffset StartTime { get; init; }
    public DateTimeOffset EndTime { get; init; }
}

/// <summary>A slot as staff see it. The id and the times of writing are null for what a dry run would create.</summary>
internal sealed record AdminSlot
{
    /// <summary>The columns behind it, of a slot <c>s</c> and its booking <c>b</c>, if there is one.</summary>
    public const string Columns = "s.id, s.date, s.start_time, s.end_time, s.is_active, b.id is not null as is_booked, s.created_at, s.updated_at";

    public long? Id { get; init; }
    public DateOnly Date { get; init; }
    public DateTimeOffset StartTime { get; init; }
    public DateTimeOffset EndTime { get; init; }
    public bool IsActive { get; init; }
    public bool IsBooked { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public DateTimeOffset? UpdatedAt { get; init; }
}
