using Consultation.Infrastructure.Errors;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>The refusals of its own that an endpoint can give; those of access, limits and validation follow from its other metadata.</summary>
internal sealed record Refuses(IReadOnlyList<Refusal> Refusals);

/// <summary>What an endpoint answers, said where the route is.</summary>
internal static class ApiConventions
{
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder endpoint, int status) =>
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(T), ["application/json"]));

    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder endpoint, int status) =>
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(status));

    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params Refusal[] refusals) =>
        endpoint.WithMetadata(new Refuses(refusals));
}
