namespace Consultation.Bench.Loads;

/// <summary>What a load did in one go.</summary>
/// <param name="Requests">How many were answered.</param>
/// <param name="Seconds">In what time.</param>
/// <param name="MedianMs">Latency of a request, NaN where it is not known.</param>
/// <param name="P99Ms">The same for the slowest hundredth.</param>
/// <param name="Fault">Why the round proves nothing, or null.</param>
internal sealed record Load(double Requests, double Seconds, double MedianMs = double.NaN, double P99Ms = double.NaN, string? Fault = null)
{
    /// <summary>Share of the notifications that bookings had owed and that were on the queue when the round ended.</summary>
    internal double OnQueue { get; init; } = double.NaN;
}
