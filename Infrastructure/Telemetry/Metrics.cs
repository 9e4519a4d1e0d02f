namespace Consultation.Infrastructure.Telemetry;

internal static class Metrics
{
    /// <summary>The one meter of the service, whichever room counts. Tags are codes and names of ours, never anything a client sent.</summary>
    public const string MeterName = "Consultation";
}
