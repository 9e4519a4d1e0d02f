using Consultation.Infrastructure.BullMq;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Consultation.Infrastructure.Outbox;

/// <summary>Degraded when the queue takes no jobs or may lose them, or when one has waited for longer than a hiccup.</summary>
internal sealed class OutboxCheck(OutboxHealth outbox, BullMqQueue queue) : IHealthCheck
{
    /// <summary>Shorter than an orchestrator's: a queue that hangs must not make a replica look dead.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var asked = IsSoundAsync();
        var isSound = await Task.WhenAny(asked, Task.Delay(Timeout, cancellationToken)) == asked && await asked;
        return isSound && outbox.Age <= OutboxHealth.DegradedAfter ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded();
    }

    private async Task<bool> IsSoundAsync() => await queue.TakesJobsAsync() && await queue.FindFaultAsync() is null;
}
