using System.Globalization;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.Http;

/// <summary>Route constraint <c>id</c>: a positive 64-bit integer in digits and nothing else; anything else is an unknown address.</summary>
internal sealed class IdConstraint : IRouteConstraint
{
    public const string Name = "id";

    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        long.TryParse(values[routeKey]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0;

    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var id in context.Description.ParameterDescriptions.Where(parameter => parameter.RouteInfo?.Constraints?.OfType<IdConstraint>().Any() == true))
        {
            ((OpenApiSchema)operation.Parameters!.Single(parameter => parameter.Name == id.Name).Schema!).Minimum = "1";
            operation.AddRefusal(context, Refusal.NotFound);
        }
        return Task.CompletedTask;
    }
}
