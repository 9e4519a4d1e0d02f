namespace Consultation.Infrastructure.Notifications;

internal static class NotificationsSetup
{
    public static IServiceCollection AddNotifications(this IServiceCollection services) => services
        .AddSingleton<OutboxSignal>()
        .AddSingleton<OutboxHealth>()
        .AddSingleton<BullQueue>()
        .AddHostedService<OutboxDispatcher>()
        .AddHostedService<OutboxRetention>();
}
