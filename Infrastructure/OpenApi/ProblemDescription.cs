using System.Text.Json;
using System.Text.Json.Nodes;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>Describes the problem documents of an operation: which codes there are with each status, and what some of them add.</summary>
internal static class ProblemDescription
{
    public const string Schema = "Problem";

    public static readonly AnswerHeader RetryAfter = new("Retry-After", "Seconds after which to try again.", 5);

    /// <param name="operation">The operation.</param>
    /// <param name="context">Where it is described.</param>
    /// <param name="refusal">The refusal.</param>
    /// <param name="listName">A member that the problem document has more than others, a list; null when there is none.</param>
    /// <param name="listed">The schema of what it lists.</param>
    public static void AddRefusal(
        this OpenApiOperation operation, OpenApiOperationTransformerContext context, Refusal refusal, string? listName = null, OpenApiSchemaReference? listed = null)
    {
        var (own, examples) = ProblemsOf(operation, context, refusal.Status);
        if (examples.ContainsKey(refusal.Code))
            return;
        var answer = operation.Answer(refusal.Status);
        answer.Description = examples.Count == 0 ? Sentence(refusal) : $"{answer.Description} {Sentence(refusal)}";
        ((OpenApiSchema)own.Properties!["code"]).Enum!.Add(refusal.Code);
        var example = Example(refusal);
        if (listName is not null)
        {
            own.Properties.TryAdd(listName, new OpenApiSchema { Type = JsonSchemaType.Array, Items = listed });
            example[listName] = new JsonArray();
        }
        examples.Add(refusal.Code, new OpenApiExample { Value = example });
        if (refusal.RetryAfter is not null)
            operation.AddHeader(context, refusal.Status, RetryAfter);
    }

    private static string Sentence(Refusal refusal) => $"`{refusal.Code}`: {refusal.Detail}";

    /// <summary>What the operation's problem documents of a status have of their own, and an example for each of their codes.</summary>
    private static (OpenApiSchema Own, IDictionary<string, IOpenApiExample> Examples) ProblemsOf(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, int status)
    {
        context.Document!.AddComponent<IOpenApiSchema>(Schema, Common());
        var content = operation.Answer(status).Content ??= new Dictionary<string, OpenApiMediaType>();
        if (!content.TryGetValue(ProblemResult.MediaType, out var problems))
        {
            var own = new OpenApiSchema
            {
                Properties = new Dictionary<string, IOpenApiSchema>
                {
                    ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Enum = [status] },
                    ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [] },
                },
            };
            content.Add(ProblemResult.MediaType, problems = new OpenApiMediaType
            {
                Schema = new OpenApiSchema { AllOf = [new OpenApiSchemaReference(Schema, context.Document), own] },
                Examples = new Dictionary<string, IOpenApiExample>(),
            });
        }
        return ((OpenApiSchema)problems.Schema!.AllOf![^1], problems.Examples!);
    }

    private static OpenApiSchema Common() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "RFC 9457; `code` is the stable part, and `detail` can be shown to a person.",
        Required = new HashSet<string> { "type", "title", "status", "detail", "code", "traceId" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The path of a page about this code." },
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
            ["type"] = ProblemPages.PathOf(refusal.Code),
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
