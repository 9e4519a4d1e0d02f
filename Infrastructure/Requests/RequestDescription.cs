using System.Text.Json.Serialization.Metadata;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.OpenApi;
using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.Requests;

/// <summary>A member of a request that the caller's token may hold instead.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OrClaimAttribute(string claim) : Attribute
{
    public string Claim => claim;
}

/// <summary>Describes what a bound request reads: its members as body, query or headers, with the rules of its validator; and what binding refuses.</summary>
internal static class RequestDescription
{
    public static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<BoundRequestMetadata>().SingleOrDefault()?.Request is not { } request)
            return;

        var schema = await context.GetOrCreateSchemaAsync(request, null, cancellationToken);
        schema.Required = null; // what is needed, the validator knows
        var members = JsonFormat.Options.GetTypeInfo(request).Properties.Where(member => schema.Properties!.ContainsKey(member.Name)).ToList();
        foreach (var (member, header) in members.Select(member => (member, Attribute<FromHeaderAttribute>(member)?.Name)).Where(pair => pair.Name is not null))
            Rename(schema, member.Name, header!);
        RuleDescription.Describe(schema, (IValidator)context.ApplicationServices.GetRequiredService(typeof(IValidator<>).MakeGenericType(request)));
        foreach (var member in members)
            if (Attribute<OrClaimAttribute>(member)?.Claim is { } claim)
                Excuse(schema, member.Name, claim);

        var isQuery = IBoundRequest.IsQuery(context.Description.HttpMethod!);
        foreach (var member in members)
        {
            var header = Attribute<FromHeaderAttribute>(member)?.Name;
            if (isQuery || header is not null)
                (operation.Parameters ??= []).Add(Parameter(schema, header ?? member.Name, header is null ? ParameterLocation.Query : ParameterLocation.Header));
        }
        if (!isQuery)
            AddBody(operation, context, request.Name, schema);

        operation.AddRefusal(context, Refusal.Invalid("member", "What is wrong with it."));
    }

    private static void AddBody(OpenApiOperation operation, OpenApiOperationTransformerContext context, string name, OpenApiSchema schema)
    {
        context.Document!.AddComponent(name, schema);
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = new OpenApiSchemaReference(name, context.Document) } },
        };
        operation.AddRefusal(context, Refusal.PayloadTooLarge);
        operation.AddRefusal(context, Refusal.UnsupportedMediaType);
    }

    private static T? Attribute<T>(JsonPropertyInfo member) where T : Attribute =>
        member.AttributeProvider?.GetCustomAttributes(typeof(T), false).OfType<T>().SingleOrDefault();

    private static void Rename(OpenApiSchema schema, string from, string to)
    {
        schema.Properties!.Remove(from, out var member);
        schema.Properties![to] = member!;
    }

    /// <summary>Whoever has the claim may leave it out, so a schema cannot require it.</summary>
    private static void Excuse(OpenApiSchema schema, string name, string claim)
    {
        var member = (OpenApiSchema)schema.Properties![name];
        schema.Required!.Remove(name);
        member.Type |= JsonSchemaType.Null;
        member.Description = $"{member.Description} Needed unless the token has the claim `{claim}`.".TrimStart();
    }

    /// <summary>Takes a member out of the schema and makes a parameter of it; a list has commas between its items.</summary>
    private static OpenApiParameter Parameter(OpenApiSchema schema, string name, ParameterLocation location)
    {
        schema.Properties!.Remove(name, out var taken);
        var member = (OpenApiSchema)taken!;
        member.Type &= ~JsonSchemaType.Null;
        var description = member.Description;
        member.Description = null;
        return new OpenApiParameter
        {
            Name = name,
            In = location,
            Description = description,
            Schema = member,
            Explode = member.Type != JsonSchemaType.Array,
            Required = schema.Required?.Contains(name) == true,
        };
    }
}
