using System.Globalization;

namespace Consultation.Infrastructure.Http;

/// <summary>Route constraint <c>id</c>: a positive 64-bit integer in digits and nothing else; anything else is an unknown address.</summary>
internal sealed class IdConstraint : IRouteConstraint
{
    public const string Name = "id";

    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        long.TryParse(values[routeKey]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0;
}
