using Consultation.Infrastructure.Errors;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>
/// The refusals of its own that an endpoint can give; those of access, limits and validation follow from its other metadata.
/// <paramref name="ListName"/> is a member that their problem documents have more than others, a list of <paramref name="Lists"/>.
/// </summary>
internal sealed record Refuses(IReadOnlyList<Refusal> Refusals, string? ListName = null, Type? Lists = null);

/// <summary>A response header that goes with one status.</summary>
internal sealed record SendsHeader(int Status, string Name, string Description, string Example);

/// <summary>Begins the operation ids of routes that are mounted a second time.</summary>
internal sealed record OperationPrefix(string Text);

/// <summary>What an endpoint answers, said where the route is.</summary>
internal static class ApiConventions
{
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder endpoint, int status) =>
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(T), ["application/json"]));

    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder endpoint, int status) =>
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(status));

    public static RouteHandlerBuilder SendsHeader(this RouteHandlerBuilder endpoint, int status, string name, string description, string example) =>
        endpoint.WithMetadata(new SendsHeader(status, name, description, example));

    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params Refusal[] refusals) =>
        endpoint.WithMetadata(new Refuses(refusals));

    /// <summary>The same for refusals that list something more, like what to take instead.</summary>
    public static RouteHandlerBuilder RefusesListing<T>(this RouteHandlerBuilder endpoint, string listName, params Refusal[] refusals) =>
        endpoint.WithMetadata(new Refuses(refusals, listName, typeof(T)));

    public static TBuilder PrefixesOperations<TBuilder>(this TBuilder endpoints, string prefix) where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new OperationPrefix(prefix));
}

/// <summary>
/// How a type that a member holds as text is written, and what a person is told whose text is something else. Such a type is an
/// <see cref="IParsable{TSelf}"/>: its text is parsed once, where the request is bound.
/// </summary>
[AttributeUsage(AttributeTargets.Struct | AttributeTargets.Class)]
internal sealed class WrittenAsAttribute(string pattern, string example, string expectation) : Attribute
{
    public string Pattern => pattern;
    public string Example => example;
    public string Expectation => expectation;

    /// <summary>Whether a member holds a list of such texts.</summary>
    public bool IsList { get; init; }
}

/// <summary>A member of a message that a customer's token may hold instead.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OrClaimAttribute(string claim) : Attribute
{
    public string Claim => claim;
}
