using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Http;
using Scalar.AspNetCore;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>The description of the API, made from the endpoints, and the page that shows it.</summary>
internal static class ApiDescription
{
    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi();

    public static void MapApiDescription(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi().IsPublic().AnswersHead();
        app.MapScalarApiReference().IsPublic().AnswersHead();
    }
}
