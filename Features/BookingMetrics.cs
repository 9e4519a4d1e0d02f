using System.Diagnostics.Metrics;
using Consultation.Infrastructure.Telemetry;

namespace Consultation.Features;

internal sealed class BookingMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _bookings = meters.Create(Metrics.MeterName)
        .CreateCounter<long>("consultation.bookings", "{request}", "Requests to book or to cancel by outcome: booked, replayed, cancelled, or the code of the refusal");

    public void Count(string outcome) => _bookings.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
