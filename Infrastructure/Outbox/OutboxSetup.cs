namespace Consultation.Infrastructure.Outbox;

/// <summary>Rows that must reach the queue. Needs the queue's room, and the database's.</summary>
internal static class OutboxSetup
{
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);

    public static IServiceCollection AddOutbox(this IServiceCollection services, OutboxDefinition outbox)
    {
        services.AddSingleton(outbox)
            .AddSingleton<OutboxSql>()
            .AddSingleton<OutboxMetrics>()
            .AddSingleton<OutboxSignal>()
            .AddSingleton<OutboxHealth>()
            .AddSingleton<OutboxMarks>()
            .AddSingleton<QueueWatch>()
            .AddSingleton<OutboxSender>()
            .AddHostedService(provider => provider.GetRequiredService<OutboxSender>())
            .AddHostedService<OutboxDispatcher>()
            .AddHostedService<OutboxRetention>()
            .AddHealthChecks().AddCheck<OutboxCheck>("notifications", timeout: CheckTimeout);
        return services;
    }
}
