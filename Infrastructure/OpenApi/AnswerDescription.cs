using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>Describes what an endpoint answers: its problems by status and code, and the headers that go with each status.</summary>
internal static class AnswerDescription
{
    public static async Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var endpoint = context.Description.ActionDescriptor.EndpointMetadata;
        var answers = operation.Responses!;
        var declared = endpoint.OfType<ProducesResponseTypeMetadata>().Select(answer => answer.StatusCode).ToList();
        if (!declared.Contains(StatusCodes.Status200OK))
            answers.Remove(Text(StatusCodes.Status200OK)); // the framework's guess where no answer has a body
        foreach (var status in declared)
            answers.TryAdd(Text(status), new OpenApiResponse { Description = ReasonPhrases.GetReasonPhrase(status) });
        foreach (var problems in (await RefusalsOf(endpoint, context)).DistinctBy(refusal => refusal.Code).GroupBy(refusal => refusal.Status).OrderBy(problems => problems.Key))
            answers.Add(Text(problems.Key), await ProblemDescription.Of([.. problems], endpoint.OfType<Refuses>(), context, cancellationToken));
        foreach (var (status, answer) in answers)
            foreach (var (name, header) in HeadersOf((OpenApiResponse)answer, int.Parse(status, CultureInfo.InvariantCulture), endpoint))
            {
                context.Document!.AddComponent<IOpenApiHeader>(name, header);
                (((OpenApiResponse)answer).Headers ??= new Dictionary<string, IOpenApiHeader>())[name] = new OpenApiHeaderReference(name, context.Document);
            }
    }

    private static async Task<IReadOnlyList<Refusal>> RefusalsOf(IList<object> endpoint, OpenApiOperationTransformerContext context)
    {
        var refusals = new List<Refusal>();
        if (endpoint.OfType<BoundRequestMetadata>().Any())
        {
            refusals.Add(Refusal.Invalid("member", "What is wrong with it."));
            if (BoundRequestMetadata.HasBody(context.Description.HttpMethod!))
                refusals.AddRange([Refusal.PayloadTooLarge, Refusal.UnsupportedMediaType]);
        }
        if (await AccessDescription.PolicyOf(context) is { } policy)
        {
            refusals.Add(Refusal.Unauthorized);
            if (AccessDescription.Needs(policy).Any())
                refusals.Add(Refusal.Forbidden);
        }
        if (context.Description.ParameterDescriptions.Any(parameter => parameter.RouteInfo is not null))
            refusals.Add(Refusal.NotFound); // what is no id leads nowhere
        if (endpoint.OfType<RateLimitPolicy>().Any())
            refusals.Add(Refusal.RateLimited);
        if (UsesDatabase(endpoint))
            refusals.AddRange([Refusal.Internal, Refusal.Unavailable]);
        return [.. refusals, .. endpoint.OfType<Refuses>().SelectMany(own => own.Refusals)];
    }

    /// <summary>Every message's handler does.</summary>
    private static bool UsesDatabase(IList<object> endpoint) =>
        endpoint.OfType<MethodInfo>().Any(handler => handler.GetParameters().Any(parameter => parameter.ParameterType == typeof(IMediator)));

    private static IEnumerable<(string Name, OpenApiHeader Header)> HeadersOf(OpenApiResponse answer, int status, IList<object> endpoint)
    {
        if (endpoint.OfType<RateLimitPolicy>().Any())
        {
            yield return Header("RateLimit-Limit", "Requests that are allowed in a window.", 120);
            yield return Header("RateLimit-Remaining", "Requests that are left in this window.", 119);
            yield return Header("RateLimit-Reset", "Seconds until the window ends.", 60);
        }
        if (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable && answer.Content?.ContainsKey(ProblemDescription.MediaType) == true)
            yield return Header("Retry-After", "Seconds after which to try again.", 5);
        if (status == StatusCodes.Status401Unauthorized)
            yield return Header("WWW-Authenticate", "The scheme that is needed.", "Bearer");
        if (status is StatusCodes.Status200OK or StatusCodes.Status304NotModified && endpoint.OfType<Cached>().Any())
        {
            yield return Header("ETag", "Strong; send it as `If-None-Match`.", "\"5c1f\"");
            yield return Header("Cache-Control", "It may be kept, but has to be asked for each time.", "no-cache");
        }
        foreach (var own in endpoint.OfType<SendsHeader>().Where(own => own.Status == status))
            yield return Header(own.Name, own.Description, own.Example);
    }

    private static (string Name, OpenApiHeader Header) Header(string name, string description, JsonNode example) => (name, new OpenApiHeader
    {
        Description = description,
        Schema = new OpenApiSchema { Type = example.GetValueKind() == JsonValueKind.Number ? JsonSchemaType.Integer : JsonSchemaType.String },
        Example = example,
    });

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
