using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Redis;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Consultation.Tests.Support;

/// <summary>One replica of the service in this process, listening on a port of its own.</summary>
internal sealed class Replica : IAsyncDisposable
{
    public static readonly (string Key, string? Value)[] Defaults =
    [
        ("CONSULTATION_JWT_SECRET", Tokens.Secret),
        ("CONSULTATION_JWT_ISSUER", Tokens.Issuer),
        ("CONSULTATION_JWT_AUDIENCE", Tokens.Audience),
        ("CONSULTATION_PUBLIC_BOOK_RATE_LIMIT", "1000000"),
        ("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", "1000000"),
        ("CONSULTATION_CUSTOMER_BOOKINGS_RATE_LIMIT", "1000000"),
        ("CONSULTATION_ADMIN_RATE_LIMIT", "1000000"),
    ];

    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(30);

    private readonly Factory _factory;

    public Replica(TimeProvider clock, CircuitBreakerOptions redisBounds, params (string Key, string? Value)[] settings)
    {
        _factory = new Factory(clock, redisBounds, [.. Defaults, .. settings]);
        _factory.UseKestrel(0);
        _factory.StartServer();
        // a request that came before would be refused on a machine that is slow to look
        Services.GetRequiredService<PreparedDatabase>().FirstLook.Wait(LongestLook);
        Address = _factory.ClientOptions.BaseAddress;
        Http = NewClient();
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public LogLines Log => _factory.Lines;

    public IServiceProvider Services => _factory.Services;

    /// <summary>A client with connections of its own, which follows no redirect and decompresses nothing.</summary>
    public HttpClient NewClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { BaseAddress = Address };

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _factory.DisposeAsync();
    }

    private sealed class Factory(TimeProvider clock, CircuitBreakerOptions redisBounds, (string Key, string? Value)[] settings) : WebApplicationFactory<Program>
    {
        public LogLines Lines { get; } = new();

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var (key, value) in settings)
                builder.UseSetting(key, value);
            builder.ConfigureLogging(logging => logging.ClearProviders().AddProvider(Lines));
            builder.ConfigureServices(services => services.Replace(ServiceDescriptor.Singleton(clock)).Replace(ServiceDescriptor.Singleton(redisBounds)));
        }
    }
}
