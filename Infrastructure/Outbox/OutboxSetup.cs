using Consultation.Infrastructure.BullMq;
namespace Consultation.Infrastructure.Outbox;

internal static class OutboxSetup
{
    public static IServiceCollection AddOutbox(this IServiceCollection services) => services
        .AddSingleton<OutboxSignal>()
        .AddSingleton<OutboxHealth>()
        .AddSingleton<BullMqQueue>()
        .AddHostedService<OutboxDispatcher>()
        .AddHostedService<OutboxRetention>();
}
