using System.Net;

namespace Consultation.Infrastructure.Configuration;

/// <summary>How many requests one caller may make within a window that starts with the first of them.</summary>
internal sealed record RateLimit(int Requests, TimeSpan Window);

/// <summary>
/// What the service is told from outside, read once and checked at start. <see cref="Read"/> reports every bad value, one line
/// each: the variable, the value (never a secret's), and what is allowed.
/// </summary>
internal sealed record Settings
{
    public const int DefaultBulkMaxSlots = 5000;

    public required string Postgres { get; init; }
    public required string Redis { get; init; }
    public required string NotificationsRedis { get; init; }
    public required string NotificationsQueue { get; init; }
    public required string NotificationsPrefix { get; init; }
    public required TimeZoneInfo TimeZone { get; init; }
    public required JwtSettings Jwt { get; init; }
    public required TimeSpan SlotsCacheTtl { get; init; }
    public required RateLimit PublicBook { get; init; }
    public required RateLimit PublicSlots { get; init; }
    public required RateLimit CustomerBookings { get; init; }
    public required RateLimit Admin { get; init; }
    public required IReadOnlyList<IPNetwork> TrustedProxies { get; init; }
    public required IReadOnlyList<string> CorsOrigins { get; init; }
    public required int BulkMaxSlots { get; init; }
    public required bool MigrateOnStart { get; init; }

    public static Settings? Read(IConfiguration configuration, bool development, out IReadOnlyList<string> problems)
    {
        var reader = new ConfigurationReader(configuration);

        var redis = reader.Redis("ConnectionStrings:Redis", required: true) ?? "";
        var settings = new Settings
        {
            Postgres = reader.Postgres("ConnectionStrings:Postgres", development) ?? "",
            Redis = redis,
            NotificationsRedis = reader.Redis("ConnectionStrings:NotificationsRedis", required: false) ?? redis,
            NotificationsQueue = reader.Name("CONSULTATION_NOTIFICATIONS_QUEUE", "notifications", without: ":"), // BullMQ has no queue of such a name
            NotificationsPrefix = reader.Name("CONSULTATION_NOTIFICATIONS_PREFIX", "bull"),
            TimeZone = reader.Zone("CONSULTATION_TIME_ZONE"),
            Jwt = reader.Jwt(development),
            SlotsCacheTtl = reader.Seconds("CONSULTATION_SLOTS_CACHE_TTL_SECONDS", 300),
            PublicBook = reader.RateLimit("PUBLIC_BOOK", 10),
            PublicSlots = reader.RateLimit("PUBLIC_SLOTS", 120),
            CustomerBookings = reader.RateLimit("CUSTOMER_BOOKINGS", 60),
            Admin = reader.RateLimit("ADMIN", 300),
            TrustedProxies = reader.Networks("CONSULTATION_TRUSTED_PROXIES"),
            CorsOrigins = reader.Origins("CONSULTATION_CORS_ORIGINS"),
            BulkMaxSlots = reader.Count("CONSULTATION_BULK_MAX_SLOTS", DefaultBulkMaxSlots),
            MigrateOnStart = reader.Flag("CONSULTATION_MIGRATE_ON_START", true),
        };

        problems = reader.Problems;
        return problems.Count == 0 ? settings : null;
    }
}

/// <summary>Who signs tokens: a shared secret (with the one before it, while it is being rotated) or an OpenID Connect authority.</summary>
internal sealed record JwtSettings
{
    public string? Secret { get; init; }
    public string? PreviousSecret { get; init; }
    public Uri? Authority { get; init; }
    public required string Issuer { get; init; }
    public required string Audience { get; init; }
}
