using System.Text.Json.Nodes;
using Consultation.Infrastructure.Errors;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>What an endpoint says of its answers where the framework has no word for it.</summary>
internal static class ApiConventions
{
    /// <summary>What it can refuse; other conventions say themselves what they refuse (access, rate limits, what cannot be read).</summary>
    public static TBuilder Refuses<TBuilder>(this TBuilder endpoint, params Refusal[] refusals) where TBuilder : IEndpointConventionBuilder =>
        endpoint.Describes((operation, context) =>
        {
            foreach (var refusal in refusals)
                operation.AddRefusal(context, refusal);
        });

    /// <summary>The same for refusals that list something more, like what to take instead.</summary>
    public static RouteHandlerBuilder RefusesListing<T>(this RouteHandlerBuilder endpoint, string listName, params Refusal[] refusals) =>
        endpoint.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
        {
            context.Document!.AddComponent<IOpenApiSchema>(typeof(T).Name, await context.GetOrCreateSchemaAsync(typeof(T), null, cancellationToken));
            foreach (var refusal in refusals)
                operation.AddRefusal(context, refusal, listName, new OpenApiSchemaReference(typeof(T).Name, context.Document));
        });

    /// <summary>A header that goes with one status.</summary>
    public static RouteHandlerBuilder SendsHeader(this RouteHandlerBuilder endpoint, int status, string name, string description, JsonNode example) =>
        endpoint.Describes((operation, context) => operation.AddHeader(context, status, new AnswerHeader(name, description, example)));

    /// <summary>Beside JSON, a client that accepts it gets the same as text.</summary>
    public static RouteHandlerBuilder AnswersTextAs(this RouteHandlerBuilder endpoint, string mediaType) =>
        endpoint.Describes((operation, _) => (operation.Answer(StatusCodes.Status200OK).Content ??= new Dictionary<string, OpenApiMediaType>())[mediaType] =
            new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } });

    /// <summary>Begins the operation ids of routes that are mounted a second time.</summary>
    public static TBuilder PrefixesOperations<TBuilder>(this TBuilder endpoints, string prefix) where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new OperationPrefix(prefix));

    public static TBuilder Describes<TBuilder>(this TBuilder endpoint, Action<OpenApiOperation, OpenApiOperationTransformerContext> describe)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.AddOpenApiOperationTransformer((operation, context, _) =>
        {
            describe(operation, context);
            return Task.CompletedTask;
        });
}

internal sealed record OperationPrefix(string Text);
