namespace Consultation.Infrastructure.RateLimiting;

/// <summary>
/// A rate limit by name: how many requests one caller may make within a window that starts with the first of them. Endpoints of the
/// same policy share its counts.
/// </summary>
internal sealed record RateLimitPolicy(string Name, int DefaultLimit);
