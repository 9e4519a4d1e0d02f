namespace Consultation.Infrastructure;

/// <summary>What the service is configured with, read once at start.</summary>
internal sealed record Settings
{
    public required string NotificationsRedis { get; init; }

    public required string NotificationsQueue { get; init; }

    public required string NotificationsPrefix { get; init; }

    public required TimeZoneInfo TimeZone { get; init; }
}
