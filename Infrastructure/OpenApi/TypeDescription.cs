using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Consultation.Infrastructure.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>Describes what the serializer's own description leaves out: types with converters, and that an answer has all of its members.</summary>
internal static class TypeDescription
{
    public static async Task DescribeAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var declared = context.JsonTypeInfo.Type;
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. EnumTexts.All(type).Select(name => (JsonNode)name)];
        }
        else if (type == typeof(DateTimeOffset))
            schema.Type = JsonSchemaType.String;
        else if (WrittenAs(context.JsonPropertyInfo?.AttributeProvider) is { } own)
            Write(schema, own, schema.Type ?? JsonSchemaType.String);
        else if (WrittenAs(type) is { } written && schema.Pattern is null) // the items of a list come by here too
            Write(schema, written, JsonSchemaType.String);
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object && schema.Properties is { } members)
            schema.Required = members.Keys.ToHashSet();
        else if (context.JsonTypeInfo is { Kind: JsonTypeInfoKind.Dictionary, ElementType: { } element })
            schema.AdditionalProperties = await context.GetOrCreateSchemaAsync(element, null, cancellationToken);

        if (declared != type && schema.Type is { } alone)
            schema.Type = alone | JsonSchemaType.Null;
    }

    /// <summary>Null is said by the member that may be null: a type of its own that allowed it as well would make two alternatives of one value.</summary>
    public static Task CompleteAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var schema in document.Components!.Schemas!.Values.OfType<OpenApiSchema>())
            schema.Type &= ~JsonSchemaType.Null;
        return Task.CompletedTask;
    }

    private static void Write(OpenApiSchema schema, WrittenAsAttribute written, JsonSchemaType type)
    {
        var text = written.IsList ? new OpenApiSchema() : schema;
        (text.Type, text.Pattern, text.Examples) = (type, written.Pattern, [written.Example]);
        schema.Description = written.Expectation;
        if (written.IsList)
            (schema.Type, schema.Items, schema.MinItems) = (JsonSchemaType.Array, text, 1);
    }

    private static WrittenAsAttribute? WrittenAs(ICustomAttributeProvider? declaration) =>
        declaration?.GetCustomAttributes(typeof(WrittenAsAttribute), inherit: false).OfType<WrittenAsAttribute>().SingleOrDefault();
}
