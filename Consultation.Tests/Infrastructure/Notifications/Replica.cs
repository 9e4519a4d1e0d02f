using System.Collections.Concurrent;
using Consultation.Infrastructure;
using Consultation.Infrastructure.Notifications;
using Consultation.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Consultation.Tests.Infrastructure.Notifications;

/// <summary>A process of the service, as far as notifications go.</summary>
internal sealed class Replica : IAsyncDisposable, ILoggerProvider
{
    private readonly IHost _host;

    private Replica(NpgsqlDataSource database, Settings settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = Environments.Development });
        builder.Logging.AddProvider(this);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(database).AddSingleton(settings).AddSingleton(TimeProvider.System).AddNotifications();
        _host = builder.Build();
    }

    public ConcurrentQueue<string> Lines { get; } = [];

    public OutboxSignal Signal => Get<OutboxSignal>();

    public BullQueue Queue => Get<BullQueue>();

    public static Settings SettingsFor(LocalRedis redis, string prefix = "bull") => new()
    {
        NotificationsRedis = redis.ConnectionString,
        NotificationsQueue = "notifications",
        NotificationsPrefix = prefix,
        TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kathmandu"),
    };

    public static async Task<Replica> StartAsync(NpgsqlDataSource database, Settings settings)
    {
        var replica = new Replica(database, settings);
        await replica._host.StartAsync();
        return replica;
    }

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    public ILogger CreateLogger(string categoryName) => new Collector(Lines);

    public void Dispose()
    {
    }

    private sealed class Collector(ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
    }
}
