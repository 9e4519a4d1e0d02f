using Consultation.Infrastructure.Configuration;

namespace Consultation.Infrastructure.BullMq;

internal static class BullMqSetup
{
    public static IServiceCollection AddBullMq(this IServiceCollection services, ConfigurationReader configuration) => services
        .AddSingleton(QueueOptions.Read(configuration))
        .AddSingleton<BullMqQueue>();
}
