using Consultation.Infrastructure.Telemetry;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Consultation.Infrastructure.Notifications;

internal static class NotificationsSetup
{
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.TryAddSingleton<Metrics>();
        return services
            .AddSingleton<OutboxSignal>()
            .AddSingleton<OutboxHealth>()
            .AddSingleton<BullQueue>()
            .AddHostedService<OutboxDispatcher>()
            .AddHostedService<OutboxRetention>();
    }
}
