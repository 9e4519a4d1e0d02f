using Consultation.Features;
using Consultation.Infrastructure;
using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Health;
using Consultation.Infrastructure.Http;
using Consultation.Infrastructure.Messaging;
using Consultation.Infrastructure.Notifications;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Redis;
using Consultation.Infrastructure.Telemetry;

if (await Arguments.Answer(args) is { } exitCode)
    return exitCode;

DevelopmentRun.Assume();
var builder = WebApplication.CreateBuilder(Arguments.Options(args));
await using var development = await DevelopmentRun.Prepare(builder);
if (Arguments.IsMigrate(args))
    return await Arguments.Migrate(builder);

if (Settings.Read(builder.Configuration, builder.Environment.IsDevelopment(), out var problems) is not { } settings)
{
    foreach (var problem in problems)
        Console.Error.WriteLine(problem);
    return Arguments.Misuse;
}

builder.AddTelemetry().AddHttp();
builder.Services
    .AddSingleton(settings)
    .AddSingleton(TimeProvider.System)
    .AddSingleton<ShopTime>()
    .AddDatabase()
    .AddRedis()
    .AddNotifications()
    .AddTokens()
    .AddMessaging()
    .AddHealth()
    .AddApiDescription(Examples.ByMember);

var app = builder.Build();

app.UseForwardedHeaders();
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
app.MapApiDescription();

development.Welcome(app);
return await Arguments.Serve(app);
