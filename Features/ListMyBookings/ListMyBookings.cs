using System.Text.Json.Serialization;
using Consultation.Infrastructure.Paging;

namespace Consultation.Features.ListMyBookings;

internal sealed record ListMyBookingsQuery : PagedQuery<MyBooking>
{
    [JsonIgnore]
    public string CustomerId { get; init; } = "";
}

/// <summary>A booking as its customer sees it.</summary>
internal sealed record MyBooking
{
    public long Id { get; init; }
    public BookingStatus Status { get; init; }
    public Slot Slot { get; init; } = null!;
    public string? Message { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ContactedAt { get; init; }
}

internal sealed class ListMyBookingsValidator : PagedQueryValidator<ListMyBookingsQuery, MyBooking>;
