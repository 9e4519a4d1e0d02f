namespace Consultation.Infrastructure.RateLimiting;

/// <summary>A limit by name; endpoints that name the same policy share its counts.</summary>
internal sealed record RateLimitPolicy(string Name, Func<Settings, Limit> Limit)
{
    public static readonly RateLimitPolicy PublicBook = new("PUBLIC_BOOK", settings => settings.PublicBook);
    public static readonly RateLimitPolicy PublicSlots = new("PUBLIC_SLOTS", settings => settings.PublicSlots);
    public static readonly RateLimitPolicy CustomerBookings = new("CUSTOMER_BOOKINGS", settings => settings.CustomerBookings);
    public static readonly RateLimitPolicy Admin = new("ADMIN", settings => settings.Admin);
}

internal static class RateLimitConventions
{
    public static TBuilder LimitedBy<TBuilder>(this TBuilder endpoint, RateLimitPolicy policy) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(policy);
}
