using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>
/// The description of the API, and the page that shows it. What each endpoint takes and answers is said where its conventions are: by the
/// framework's metadata, or by a transformer that a convention brings along. Here is what holds for all of them.
/// </summary>
internal static class ApiDescription
{
    private const string Document = "v1";

    /// <summary>The page's own scripts need no more than what this host serves.</summary>
    private const string OwnHostOnly = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'";

    /// <param name="services">The services.</param>
    /// <param name="introduction">What the service is there for.</param>
    /// <param name="examples">What members look like, by name; others have an example by their type.</param>
    /// <param name="developmentTokens">
    /// Tokens by what they grant, which the page then has ready to send where that is needed. Whoever can see the page can use them, so there
    /// are none outside development.
    /// </param>
    public static IServiceCollection AddApiDescription(
        this IServiceCollection services,
        string introduction,
        IReadOnlyDictionary<string, JsonNode?> examples,
        IReadOnlyDictionary<string, string>? developmentTokens = null)
    {
        var tokens = new DevelopmentTokens(developmentTokens ?? new Dictionary<string, string>());
        services.AddSingleton(tokens);
        return services.AddOpenApi(Document, api =>
        {
            api.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            api.ShouldInclude = endpoint => endpoint.HttpMethod != HttpMethods.Head; // every GET answers it, and says nothing else
            api.AddSchemaTransformer(TypeDescription.DescribeAsync);
            api.AddOperationTransformer(OperationNames.DescribeAsync);
            api.AddDocumentTransformer(TypeDescription.CompleteAsync);
            api.AddDocumentTransformer(AnswerDescription.CompleteAsync);
            api.AddDocumentTransformer(new ServiceDescription(introduction).DescribeAsync);
            api.AddDocumentTransformer((document, _, _) => new ExampleDescription(document, examples).DescribeAsync());
            api.AddDocumentTransformer(tokens.DescribeAsync);
        });
    }

    /// <summary>For what is said by no convention of an endpoint: a type that it reads, or a constraint of its route.</summary>
    public static IServiceCollection DescribeOperations(
        this IServiceCollection services, Func<OpenApiOperation, OpenApiOperationTransformerContext, CancellationToken, Task> describe) =>
        services.Configure<OpenApiOptions>(Document, api => api.AddOperationTransformer(describe));

    public static RouteGroupBuilder MapApiDescription(this IEndpointRouteBuilder app)
    {
        var description = app.MapGroup("").AllowAnonymous();
        description.MapOpenApi($"/openapi/{Document}.json");
        // the page comes whole from here: no fonts, telemetry or assistants from elsewhere
        var tokens = app.ServiceProvider.GetRequiredService<DevelopmentTokens>();
        description.MapScalarApiReference(page => tokens.Offer(page
                .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideClientButton().HideDeveloperTools()))
            .AddEndpointFilter((context, next) =>
            {
                context.HttpContext.Response.Headers.ContentSecurityPolicy = OwnHostOnly;
                return next(context);
            });
        return description;
    }
}
