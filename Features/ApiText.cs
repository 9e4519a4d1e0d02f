namespace Consultation.Features;

/// <summary>What the API as a whole says of itself.</summary>
internal static class ApiText
{
    public const string Introduction = "Customers find a consultation slot and book it; staff generate slots, see bookings and mark whom they have contacted.";

    /// <summary>What a shop's scripts may read of an answer.</summary>
    public static readonly string[] HeadersForScripts =
        ["ETag", "Location", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", BookSlot.BookSlotEndpoint.ReplayedHeader];
}
