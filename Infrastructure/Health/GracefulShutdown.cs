namespace Consultation.Infrastructure.Health;

/// <summary>
/// Leaves quietly: on SIGTERM readiness turns false first, and the service goes on serving for as long as balancers need to see
/// that; each answer then asks its client to connect elsewhere. Only after that the server stops and finishes what is in flight.
/// </summary>
internal sealed class GracefulShutdown(IHostEnvironment environment) : IHostedLifecycleService
{
    private static readonly TimeSpan BalancersNotice = TimeSpan.FromSeconds(3);

    private volatile bool _stopping;

    public bool IsStopping => _stopping;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        return environment.IsDevelopment() ? Task.CompletedTask : Task.Delay(BalancersNotice, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
