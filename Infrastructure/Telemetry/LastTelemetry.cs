using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Consultation.Infrastructure.Telemetry;

/// <summary>
/// Sends what is left when the service ends, all three signals at once and within <see cref="Timeout"/>. Left to themselves they
/// would go one after the other, and a collector that hangs would keep the process for 5 s each.
/// </summary>
internal sealed class LastTelemetry(IServiceProvider services) : IHostedService
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken)
    {
        var patience = (int)Timeout.TotalMilliseconds;
        return Task.WhenAll(
            Task.Run(() => services.GetService<TracerProvider>()?.Shutdown(patience), CancellationToken.None),
            Task.Run(() => services.GetService<MeterProvider>()?.Shutdown(patience), CancellationToken.None),
            Task.Run(() => services.GetService<LoggerProvider>()?.Shutdown(patience), CancellationToken.None));
    }
}
