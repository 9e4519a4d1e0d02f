using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>
/// Gives every body and parameter an example that is composed of its members', so that it has them all and is never out of date.
/// <paramref name="examples"/> are by member (<c>email</c>), by type and member (<c>Order.status</c>), or by status and type of a whole
/// answer (<c>503 Readiness</c>); the others follow from the type.
/// </summary>
internal sealed class ExampleDescription(OpenApiDocument document, IReadOnlyDictionary<string, JsonNode?> examples)
{
    public Task DescribeAsync()
    {
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations!.Values))
        {
            foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
                parameter.Example = Of("", parameter.Name!, parameter.Schema!);
            foreach (var body in operation.RequestBody?.Content?.Values ?? [])
                body.Example = Of("", "", body.Schema!);
            foreach (var (status, answer) in operation.Responses!.SelectMany(response => (response.Value.Content?.Values ?? []).Select(answer => (response.Key, answer))))
                if (answer.Examples is { } problems)
                    Complete(problems.Values, answer.Schema!.AllOf![^1]);
                else if (examples.TryGetValue($"{status} {(answer.Schema as OpenApiSchemaReference)?.Reference.Id}", out var whole))
                    answer.Example = whole?.DeepClone();
                else
                    answer.Example = Of("", "", answer.Schema!);
        }
        return Task.CompletedTask;
    }

    /// <summary>Fills the lists that a problem adds.</summary>
    private void Complete(IEnumerable<IOpenApiExample> problems, IOpenApiSchema own)
    {
        foreach (var problem in problems.Select(problem => problem.Value!.AsObject()))
            foreach (var name in problem.Where(member => member.Value is JsonArray { Count: 0 }).Select(member => member.Key).ToList())
                problem[name] = Of("", name, own.Properties![name]);
    }

    private JsonNode? Of(string owner, string name, IOpenApiSchema schema)
    {
        if (examples.TryGetValue($"{owner}.{name}", out var exact))
            return exact?.DeepClone();
        if (schema.Examples is [var given, ..])
            return given.DeepClone();
        if (schema.Enum is [var first, ..])
            return first.DeepClone();
        if (schema.OneOf?.FirstOrDefault(one => one.Type != JsonSchemaType.Null) is { } one)
            return Of(owner, name, one);
        if (schema.Properties is { Count: > 0 } members)
        {
            var type = (schema as OpenApiSchemaReference)?.Reference.Id ?? name;
            return new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Of(type, member.Key, member.Value))));
        }
        if (schema.Type?.HasFlag(JsonSchemaType.Array) == true)
            return new JsonArray(Of(owner, name, schema.Items!));
        if (schema.AdditionalProperties is { } value)
            return new JsonObject { ["name"] = Of(name, "name", value) };
        if (examples.TryGetValue(name, out var known))
            return known?.DeepClone();
        return schema switch
        {
            { Format: "date-time" } => "2026-12-01T09:00:00Z",
            { Format: "date" } => "2026-12-01",
            { Type: { } type } when type.HasFlag(JsonSchemaType.Integer) => 1,
            { Type: { } type } when type.HasFlag(JsonSchemaType.Boolean) => true,
            _ => "text",
        };
    }
}
