using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Consultation.Infrastructure.Requests;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>Describes what the serializer's own description leaves out: types with converters, and that an answer has all of its members.</summary>
internal static class TypeDescription
{
    public static async Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var declared = context.JsonTypeInfo.Type;
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. MemberText.EnumNames(type).Select(name => (JsonNode)name)];
        }
        else if (type == typeof(DateTimeOffset))
            schema.Type = JsonSchemaType.String;
        else if (type.GetCustomAttribute<WrittenAsAttribute>() is { } written && schema.Pattern is null) // the items of a list come by here too
            Write(schema, written);
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object && schema.Properties is { } members && !type.IsAssignableTo(typeof(IBoundRequest)))
            schema.Required = members.Keys.ToHashSet();
        else if (context.JsonTypeInfo is { Kind: JsonTypeInfoKind.Dictionary, ElementType: { } element })
            schema.AdditionalProperties = await context.GetOrCreateSchemaAsync(element, null, cancellationToken);

        if (declared != type && schema.Type is { } alone)
            schema.Type = alone | JsonSchemaType.Null;
    }

    private static void Write(OpenApiSchema schema, WrittenAsAttribute written)
    {
        var text = written.IsList ? new OpenApiSchema() : schema;
        (text.Type, text.Pattern, text.Examples) = (JsonSchemaType.String, written.Pattern, [written.Example]);
        if (written.IsList)
            (schema.Type, schema.Items, schema.MinItems) = (JsonSchemaType.Array, text, 1);
    }
}
