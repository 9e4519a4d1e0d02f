using System.Diagnostics.Metrics;
using Consultation.Infrastructure.Telemetry;

namespace Consultation.Features;

/// <summary>Booking requests by what became of them.</summary>
internal sealed class BookingMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _bookings = meters.Create(Metrics.MeterName).CreateCounter<long>(
        "consultation.bookings", "{request}", "Booking requests by outcome: booked, replayed, or the code of the refusal");

    public void Booking(string outcome) => _bookings.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
