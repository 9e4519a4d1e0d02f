using Consultation.Features;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Health;
using Consultation.Infrastructure.Hosting;
using Consultation.Infrastructure.Http;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Outbox;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Redis;
using Consultation.Infrastructure.Requests;
using Consultation.Infrastructure.Telemetry;

if (await ServiceCommandLine.Answer(args) is { } exitCode)
    return exitCode;

DevelopmentRun.Assume();
var builder = WebApplication.CreateBuilder(ServiceCommandLine.Options(args));
await using var development = await DevelopmentRun.Prepare(builder);
if (ServiceCommandLine.IsMigrate(args))
    return await ServiceCommandLine.Migrate(builder);

var configuration = new ConfigurationReader(builder.Configuration, builder.Environment.IsDevelopment());
var shop = ShopOptions.Read(configuration);
builder.AddTelemetry().AddHttp(configuration, ApiText.HeadersForScripts);
builder.Services
    .AddSingleton(shop)
    .AddSingleton<ShopCalendar>()
    .AddSingleton<BookingMetrics>()
    .AddSingleton(TimeProvider.System)
    .AddDatabase(configuration)
    .AddRedis(configuration, RateLimits.All)
    .AddOutbox(configuration, shop.TimeZone)
    .AddAccess(configuration)
    .AddMediator()
    .AddHealth()
    .AddApiDescription(ApiText.Introduction, Examples.ByMember);
if (configuration.Problems.Count > 0)
    return ServiceCommandLine.Refuse(configuration.Problems);

var app = builder.Build();

app.UseProxies();
app.UseSecurityHeaders();
app.UseProblems();
app.UseRouting();
app.UseCors();
app.UseAuthentication();
app.UseMiddleware<RateLimitMiddleware>();
app.UseAuthorization();
app.UseMiddleware<CacheMiddleware>();

app.MapSlices();
app.MapHealth();
app.MapProblemPages(Refusals.All);
app.MapApiDescription().AnswersHead();

#if DEBUG
development.Welcome(app, Consultation.Features.Demo.FirstSlots.Welcome);
#endif
return await ServiceCommandLine.Serve(app);
