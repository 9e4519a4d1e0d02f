using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;

namespace Consultation.Infrastructure.Errors;

/// <summary>Turns exceptions and bare status codes into problem documents: outages are 503, defects 500 and logged.</summary>
internal static partial class ErrorHandling
{
    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = Handle,
            SuppressDiagnosticsCallback = _ => true, // Handle logs what deserves it, once and without the request's data
        });
        app.UseStatusCodePages(pages => new ProblemResult(Refusal.OfStatus(pages.HttpContext.Response.StatusCode)).ExecuteAsync(pages.HttpContext));
    }

    private static async Task Handle(HttpContext context)
    {
        var thrown = context.Features.Get<IExceptionHandlerFeature>()!;
        var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ErrorHandling));
        await new ProblemResult(Judge(thrown, context, logger)).ExecuteAsync(context);
    }

    private static Refusal Judge(IExceptionHandlerFeature thrown, HttpContext context, ILogger logger)
    {
        switch (thrown.Error)
        {
            case BadHttpRequestException bad:
                return Refusal.OfStatus(bad.StatusCode);
            case ConnectionResetException: // which may come before the word that the request is aborted
            case OperationCanceledException when context.RequestAborted.IsCancellationRequested:
                return Refusal.OfStatus(StatusCodes.Status499ClientClosedRequest);
            case DependencyUnavailableException:
                return Refusal.Unavailable;
            default:
                Unexpected(logger, thrown.Error, thrown.Endpoint?.DisplayName);
                return Refusal.Internal;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Unexpected error in {Endpoint}")]
    private static partial void Unexpected(ILogger logger, Exception exception, string? endpoint);
}
