using Consultation.Infrastructure.RateLimiting;

namespace Consultation.Features;

/// <summary>The rate limits of the contract; each is configured as <c>CONSULTATION_{name}_RATE_LIMIT</c> and its window.</summary>
internal static class RateLimits
{
    public static readonly RateLimitPolicy PublicBook = new("PUBLIC_BOOK", settings => settings.PublicBook);
    public static readonly RateLimitPolicy PublicSlots = new("PUBLIC_SLOTS", settings => settings.PublicSlots);
    public static readonly RateLimitPolicy CustomerBookings = new("CUSTOMER_BOOKINGS", settings => settings.CustomerBookings);
    public static readonly RateLimitPolicy Admin = new("ADMIN", settings => settings.Admin);
}
