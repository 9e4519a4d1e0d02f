using System.Text.Json.Serialization.Metadata;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Http;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.Requests;
using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>Describes what an endpoint reads: ids in the path, and the members of its message as body, query or headers.</summary>
internal static class InputDescription
{
    public static async Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var id in context.Description.ParameterDescriptions.Where(IsId))
            ((OpenApiSchema)operation.Parameters!.Single(parameter => parameter.Name == id.Name).Schema!).Minimum = "1";

        var endpoint = context.Description.ActionDescriptor.EndpointMetadata;
        if (endpoint.OfType<Cached>().Any())
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = "If-None-Match",
                In = ParameterLocation.Header,
                Description = "The ETag of an answer that is at hand: 304 if it still holds.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });

        if (endpoint.OfType<BoundRequestMetadata>().SingleOrDefault()?.Message is not { } message)
            return;

        var schema = await context.GetOrCreateSchemaAsync(message, null, cancellationToken);
        var members = JsonFormat.Options.GetTypeInfo(message).Properties.Where(member => schema.Properties!.ContainsKey(member.Name)).ToList();
        foreach (var (member, header) in members.Select(member => (member, Attribute<FromHeaderAttribute>(member)?.Name)).Where(pair => pair.Name is not null))
            Rename(schema, member.Name, header!);
        RuleDescription.Describe(schema, (IValidator)context.ApplicationServices.GetRequiredService(typeof(IValidator<>).MakeGenericType(message)));
        foreach (var member in members)
            if (Attribute<OrClaimAttribute>(member)?.Claim is { } claim)
                Excuse(schema, member.Name, claim);

        var isQuery = !BoundRequestMetadata.HasBody(context.Description.HttpMethod!);
        foreach (var member in members)
        {
            var header = Attribute<FromHeaderAttribute>(member)?.Name;
            if (isQuery || header is not null)
                (operation.Parameters ??= []).Add(Parameter(schema, header ?? member.Name, header is null ? ParameterLocation.Query : ParameterLocation.Header));
        }
        if (!isQuery)
        {
            context.Document!.AddComponent(message.Name, schema);
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = new() { Schema = new OpenApiSchemaReference(message.Name, context.Document) },
                },
            };
        }
    }

    private static bool IsId(ApiParameterDescription parameter) => parameter.RouteInfo?.Constraints?.OfType<IdConstraint>().Any() == true;

    private static T? Attribute<T>(JsonPropertyInfo member) where T : Attribute =>
        member.AttributeProvider?.GetCustomAttributes(typeof(T), false).OfType<T>().SingleOrDefault();

    private static void Rename(OpenApiSchema schema, string from, string to)
    {
        schema.Properties!.Remove(from, out var member);
        schema.Properties![to] = member!;
    }

    /// <summary>A customer may leave it out, so a schema cannot require it.</summary>
    private static void Excuse(OpenApiSchema schema, string name, string claim)
    {
        var member = (OpenApiSchema)schema.Properties![name];
        schema.Required!.Remove(name);
        member.Type |= JsonSchemaType.Null;
        member.Description = $"{member.Description} Needed unless a customer's token has the claim `{claim}`.".TrimStart();
    }

    /// <summary>Takes a member out of the schema and makes a parameter of it.</summary>
    private static OpenApiParameter Parameter(OpenApiSchema schema, string name, ParameterLocation location)
    {
        schema.Properties!.Remove(name, out var taken);
        var member = (OpenApiSchema)taken!;
        member.Type &= ~JsonSchemaType.Null;
        var description = member.Description;
        member.Description = null;
        return new OpenApiParameter { Name = name, In = location, Description = description, Schema = member, Required = schema.Required?.Contains(name) == true };
    }
}
