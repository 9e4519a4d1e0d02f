using Consultation.Infrastructure.BullMq;
using Consultation.Infrastructure.Configuration;
namespace Consultation.Infrastructure.Outbox;

internal static class OutboxSetup
{
    public static IServiceCollection AddOutbox(this IServiceCollection services, ConfigurationReader configuration, TimeZoneInfo zone) => services
        .AddSingleton(QueueOptions.Read(configuration))
        .AddSingleton<OutboxSignal>()
        .AddSingleton<OutboxHealth>()
        .AddSingleton<BullMqQueue>()
        .AddHostedService(provider => ActivatorUtilities.CreateInstance<OutboxDispatcher>(provider, zone))
        .AddHostedService<OutboxRetention>();
}
