using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Consultation.Infrastructure.Requests;

/// <summary>
/// Reads a request into a message: body members (or query values, where the method has no body) and headers, each on its own, so
/// that everything that is wrong can be said at once. What cannot be read is left out of the message and kept in
/// <see cref="IBoundRequest.BindingErrors"/>. Of texts, <see cref="Json.PlainText"/> says what is kept; blank ones count as left out.
/// </summary>
internal sealed class BoundRequest<T> : IEndpointParameterMetadataProvider where T : class, IBoundRequest, new()
{
    public required T Request { get; init; }

    public static async ValueTask<BoundRequest<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var binder = new RequestBinder<T>();
        if (IBoundRequest.IsQuery(context.Request.Method))
            binder.Query(context.Request.Query);
        else
            await binder.Body(context.Request, context.RequestAborted);
        binder.Headers(context.Request.Headers);
        return new BoundRequest<T> { Request = binder.Bound };
    }

    /// <summary>The same binder for what looks at a query before the endpoint does.</summary>
    public static T FromQuery(IQueryCollection query)
    {
        var binder = new RequestBinder<T>();
        binder.Query(query);
        return binder.Bound;
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(new BoundRequestMetadata(typeof(T)));
}

/// <summary>Says which request an endpoint reads; the API description is made from it.</summary>
internal sealed record BoundRequestMetadata(Type Request);
