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

if (Settings.Read(builder.Configuration, builder.Environment.IsDevelopment(), out var problems) is not { } settings)
{
    foreach (var problem in problems)
        Console.Error.WriteLine(problem);
    return ServiceCommandLine.Misuse;
}

builder.AddTelemetry().AddHttp();
builder.Services
    .AddSingleton(settings)
    .AddSingleton(TimeProvider.System)
    .AddSingleton<ShopCalendar>()
    .AddDatabase()
    .AddRedis()
    .AddOutbox()
    .AddAccess()
    .AddMediator()
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

#if DEBUG
development.Welcome(app, Consultation.Features.Demo.FirstSlots.Welcome);
#endif
return await ServiceCommandLine.Serve(app);
