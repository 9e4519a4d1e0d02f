using Consultation.Infrastructure.RateLimiting;

namespace Consultation.Features;

/// <summary>The rate limits; each is configured as <c>CONSULTATION_{name}_RATE_LIMIT</c> and <c>…_RATE_WINDOW_SECONDS</c>.</summary>
internal static class RateLimits
{
    public static readonly RateLimitPolicy PublicBook = new("PUBLIC_BOOK", 10);
    public static readonly RateLimitPolicy PublicSlots = new("PUBLIC_SLOTS", 120);
    public static readonly RateLimitPolicy CustomerBookings = new("CUSTOMER_BOOKINGS", 60);
    public static readonly RateLimitPolicy Admin = new("ADMIN", 300);

    public static readonly RateLimitPolicy[] All = [PublicBook, PublicSlots, CustomerBookings, Admin];
}
