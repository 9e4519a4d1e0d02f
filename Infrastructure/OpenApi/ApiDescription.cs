using System.Text.Json.Nodes;
using Consultation.Infrastructure.Http;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>
/// The description of the API, made from the endpoints, their messages and validators, and the page that shows it. Each transformer
/// describes one thing, in this order.
/// </summary>
internal static class ApiDescription
{
    /// <param name="services">The services.</param>
    /// <param name="examples">What members look like, by name; others have an example by their type.</param>
    public static IServiceCollection AddApiDescription(this IServiceCollection services, IReadOnlyDictionary<string, JsonNode?> examples) => services.AddOpenApi(api =>
    {
        api.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        api.ShouldInclude = endpoint => endpoint.HttpMethod != HttpMethods.Head; // every GET answers it, and says nothing else
        api.AddSchemaTransformer(TypeDescription.Describe);
        api.AddOperationTransformer(OperationNames.Describe);
        api.AddOperationTransformer(InputDescription.Describe);
        api.AddOperationTransformer(AccessDescription.Describe);
        api.AddOperationTransformer(AnswerDescription.Describe);
        api.AddDocumentTransformer(ServiceDescription.Describe);
        api.AddDocumentTransformer((document, _, _) => new ExampleDescription(document, examples).Describe());
    });

    public static void MapApiDescription(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi("/openapi/v1.json").AllowAnonymous().AnswersHead();
        // the page comes whole from here: no fonts, telemetry or assistants from elsewhere
        app.MapScalarApiReference(page => page.DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp()).AllowAnonymous().AnswersHead();
    }
}
