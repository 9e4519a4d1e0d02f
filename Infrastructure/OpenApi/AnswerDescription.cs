using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>A response header, and what it looks like.</summary>
internal sealed record AnswerHeader(string Name, string Description, JsonNode Example);

/// <summary>What the conventions of endpoints say with: answers of an operation, and the headers that go with them.</summary>
internal static class AnswerDescription
{
    private const string HeadersOfEveryAnswer = "headers of every answer";

    /// <summary>The answer with that status, described from here on if it was not before.</summary>
    public static OpenApiResponse Answer(this OpenApiOperation operation, int status)
    {
        var key = status.ToString(CultureInfo.InvariantCulture);
        operation.Responses ??= [];
        if (!operation.Responses.TryGetValue(key, out var answer))
            operation.Responses.Add(key, answer = new OpenApiResponse { Description = ReasonPhrases.GetReasonPhrase(status) });
        return (OpenApiResponse)answer;
    }

    public static void AddHeader(this OpenApiOperation operation, OpenApiOperationTransformerContext context, int status, AnswerHeader header)
    {
        context.Document!.AddComponent<IOpenApiHeader>(header.Name, new OpenApiHeader
        {
            Description = header.Description,
            Schema = new OpenApiSchema { Type = header.Example.GetValueKind() == JsonValueKind.Number ? JsonSchemaType.Integer : JsonSchemaType.String },
            Example = header.Example.DeepClone(),
        });
        Refer(operation.Answer(status), header.Name, context.Document);
    }

    /// <summary>Those of other conventions included, in whatever order they speak.</summary>
    public static void AddHeaderToEveryAnswer(this OpenApiOperation operation, OpenApiOperationTransformerContext context, AnswerHeader header)
    {
        foreach (var status in operation.Responses!.Keys)
            operation.AddHeader(context, int.Parse(status, CultureInfo.InvariantCulture), header);
        operation.Metadata ??= new Dictionary<string, object>();
        operation.Metadata.TryAdd(HeadersOfEveryAnswer, new List<string>());
        ((List<string>)operation.Metadata[HeadersOfEveryAnswer]).Add(header.Name);
    }

    /// <summary>Once all conventions have spoken: headers of every answer are on every one, and answers in the order of their status.</summary>
    public static Task CompleteAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations!.Values))
        {
            if (operation.Metadata?.TryGetValue(HeadersOfEveryAnswer, out var names) == true)
                foreach (var answer in operation.Responses!.Values.Cast<OpenApiResponse>())
                    foreach (var name in (List<string>)names)
                        Refer(answer, name, document);
            var ordered = operation.Responses!.OrderBy(answer => answer.Key, StringComparer.Ordinal).ToList();
            operation.Responses = [];
            foreach (var (status, answer) in ordered)
                operation.Responses.Add(status, answer);
        }
        return Task.CompletedTask;
    }

    private static void Refer(OpenApiResponse answer, string name, OpenApiDocument document) =>
        (answer.Headers ??= new Dictionary<string, IOpenApiHeader>())[name] = new OpenApiHeaderReference(name, document);
}
