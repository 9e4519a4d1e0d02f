namespace Consultation.Infrastructure.Time;

/// <summary>Instants as PostgreSQL keeps them, in whole microseconds, so that an instant compared here and there is the same.</summary>
internal static class Microseconds
{
    public static DateTimeOffset Whole(DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
