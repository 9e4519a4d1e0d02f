using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Telemetry;
using FluentValidation;
using MediatR;

namespace Consultation.Infrastructure.Requests;

/// <summary>
/// The mediator, its handlers and validators. All that depends on MediatR 5's way of registration is here, so that a later
/// version is an edit of this file. Handlers hold no state of a request, hence singletons.
/// </summary>
internal static class MediatorSetup
{
    public static IServiceCollection AddMediator(this IServiceCollection services)
    {
        ValidatorOptions.Global.PropertyNameResolver = (_, member, _) => member is null ? null : JsonNamingPolicy.CamelCase.ConvertName(member.Name);
        ValidatorOptions.Global.DisplayNameResolver = (_, member, _) => member is null ? null : JsonNamingPolicy.CamelCase.ConvertName(member.Name);
        ValidatorOptions.Global.LanguageManager = new Wording();
        ValidatorOptions.Global.DefaultRuleLevelCascadeMode = CascadeMode.Stop;

        services.AddSingleton<ServiceFactory>(provider => provider.GetService!);
        services.AddSingleton<IMediator, Mediator>();
        services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(Tracing<,>));
        services.AddSingleton(typeof(IPipelineBehavior<,>), typeof(Validation<,>));

        foreach (var type in Assembly.GetExecutingAssembly().GetTypes().Where(type => type is { IsAbstract: false, IsGenericTypeDefinition: false }))
            foreach (var contract in type.GetInterfaces().Where(IsHandlerOrValidator))
                services.AddSingleton(contract, type);
        return services.DescribeOperations(RequestDescription.DescribeAsync);
    }

    private static bool IsHandlerOrValidator(Type type) =>
        type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(IRequestHandler<,>) || type.GetGenericTypeDefinition() == typeof(IValidator<>));
}

/// <summary>A span per message, named after it and holding nothing of it.</summary>
internal sealed class Tracing<TMessage, TOutcome> : IPipelineBehavior<TMessage, TOutcome>
{
    private static readonly string Name = typeof(TMessage).Name;

    public async Task<TOutcome> Handle(TMessage request, CancellationToken cancellationToken, RequestHandlerDelegate<TOutcome> next)
    {
        using var span = TelemetrySetup.Spans.StartActivity(Name, ActivityKind.Internal);
        return await next();
    }
}
