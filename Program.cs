using Consultation.Features;
using Consultation.Features.BookingNotifications;
using Consultation.Features.BookSlot;
using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.BullMq;
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
using Consultation.Migrations;
#if DEBUG
using Consultation.Features.Demo;
#endif

if (await ServiceCommandLine.Answer(args, ApiText.Introduction) is { } exitCode)
    return exitCode;

DevelopmentRun.Assume();
if (ServiceCommandLine.Try(() => WebApplication.CreateBuilder(ServiceCommandLine.Options(args))) is not { } builder)
    return ServiceCommandLine.Misuse;
await using var development = await DevelopmentRun.Prepare(builder);
if (ServiceCommandLine.IsMigrate(args))
    return await ServiceCommandLine.Migrate(builder);

var configuration = new ConfigurationReader(builder.Configuration, builder.Environment.IsDevelopment());
ServerSettings.Check(configuration, builder.Configuration);
var shop = ShopOptions.Read(configuration);
IReadOnlyDictionary<string, string>? developmentTokens = null;
#if DEBUG
developmentTokens = DemoRun.Tokens(development, builder.Configuration);
#endif
builder.AddTelemetry(configuration).AddHttp(configuration, ApiText.HeadersForScripts);
builder.Services
    .AddSingleton(shop)
    .AddSingleton<ShopCalendar>()
    .AddSingleton<StoredDays>()
    .AddSingleton<BookingMetrics>()
    .AddSingleton<BookingBatches>()
    .AddSingleton(TimeProvider.System)
    .AddDatabase(configuration, Tables.All, provider => provider.GetRequiredService<StoredDays>().FollowZoneAsync)
    .AddRedis(configuration)
    .AddRateLimiting(configuration, RateLimits.All)
    .AddCaching(CacheOptions.Read(configuration, CacheKeys.TimeToLiveSetting, CacheKeys.ListVersion))
    .AddHealth()
    .AddBullMq(configuration)
    .AddOutbox(BookingNotification.Outbox(shop))
    .AddAccess(configuration)
    .AddMediator()
    .AddApiDescription(ApiText.Introduction, Examples.ByMember, developmentTokens);
if (configuration.Problems.Count > 0)
    return ServiceCommandLine.Refuse(configuration.Problems);

if (ServiceCommandLine.Try(builder.Build) is not { } app)
    return ServiceCommandLine.Misuse;

app.UseProxies();
app.UseSecurityHeaders();
app.UseProblems();
app.UseRouting();
app.UseCorsForScripts();
app.UseTokens();
app.UseMiddleware<RedisTripMiddleware>();
app.UseMiddleware<RateLimitMiddleware>();
app.UseAuthorization();

app.MapSlices();
app.MapHealth();
app.MapProblemPages(Refusals.All);
app.MapApiDescription().AnswersHead();

#if DEBUG
app.UseDemo(development);
#endif
return await ServiceCommandLine.Serve(app);
