using System.Text.Json;
using System.Text.Json.Nodes;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>Describes the problem documents of one status: which codes they have there, and what some add.</summary>
internal static class ProblemDescription
{
    public const string Schema = "Problem";
    public const string MediaType = "application/problem+json";

    public static async Task<OpenApiResponse> Of(
        IReadOnlyList<Refusal> refusals, IEnumerable<Refuses> declared, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        context.Document!.AddComponent<IOpenApiSchema>(Schema, Common());
        var status = refusals[0].Status;
        var own = new OpenApiSchema
        {
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Enum = [status] },
                ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. refusals.Select(refusal => (JsonNode)refusal.Code)] },
            },
        };
        var examples = refusals.ToDictionary(refusal => refusal.Code, Example);
        foreach (var (those, name, listed) in declared.Where(own => own.Lists is not null && own.Refusals.Any(refusal => refusal.Status == status)))
        {
            context.Document.AddComponent<IOpenApiSchema>(listed!.Name, await context.GetOrCreateSchemaAsync(listed, null, cancellationToken));
            own.Properties.Add(name!, new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchemaReference(listed.Name, context.Document) });
            foreach (var refusal in those)
                examples[refusal.Code][name!] = new JsonArray();
        }

        return new OpenApiResponse
        {
            Description = string.Join(' ', refusals.Select(refusal => $"`{refusal.Code}`: {refusal.Detail}")),
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [MediaType] = new()
                {
                    Schema = new OpenApiSchema { AllOf = [new OpenApiSchemaReference(Schema, context.Document), own] },
                    Examples = examples.ToDictionary(example => example.Key, example => (IOpenApiExample)new OpenApiExample { Value = example.Value }),
                },
            },
        };
    }

    private static OpenApiSchema Common() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "RFC 9457; `code` is the stable part, and `detail` can be shown to a person.",
        Required = new HashSet<string> { "type", "title", "status", "detail", "code", "traceId" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["traceId"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "With `VALIDATION_FAILED`: what is wrong, by the name of the member or header.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
        },
    };

    private static JsonObject Example(Refusal refusal)
    {
        var problem = new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = ReasonPhrases.GetReasonPhrase(refusal.Status),
            ["status"] = refusal.Status,
            ["detail"] = refusal.Detail,
            ["code"] = refusal.Code,
            ["traceId"] = "4bf92f3577b34da6a3ce929d0e0e4736",
        };
        if (refusal.ExtraName is { } name)
            problem[name] = JsonSerializer.SerializeToNode(refusal.Extra, JsonFormat.Options);
        return problem;
    }
}
