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
        else if ((WrittenAs(context.JsonPropertyInfo?.AttributeProvider) ?? WrittenAs(type)) is { } written)
        {
            schema.Type ??= JsonSchemaType.String;
            (schema.Pattern, schema.Examples) = (written.Pattern, [written.Example]);
            schema.Description = written.Expectation is { } expectation ? $"Must be {expectation}." : null;
        }
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object && schema.Properties is { } members)
            schema.Required = members.Keys.ToHashSet();
        else if (context.JsonTypeInfo is { Kind: JsonTypeInfoKind.Dictionary, ElementType: { } element })
            schema.AdditionalProperties = await context.GetOrCreateSchemaAsync(element, null, cancellationToken);

        if (declared != type && schema.Type is { } alone)
            schema.Type = alone | JsonSchemaType.Null;
    }

    private static WrittenAsAttribute? WrittenAs(ICustomAttributeProvider? declaration) =>
        declaration?.GetCustomAttributes(typeof(WrittenAsAttribute), inherit: false).OfType<WrittenAsAttribute>().SingleOrDefault();
}
