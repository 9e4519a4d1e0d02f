using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Consultation.Infrastructure.Messaging;

/// <summary>
/// Reads a request into a message: body members (or query values, where the method has no body) and headers, each on its own, so
/// that everything that is wrong can be said at once. What cannot be read is left out of the message and kept in
/// <see cref="IMessage.Unreadable"/>. Texts are trimmed, and blank ones count as left out.
/// </summary>
internal sealed class Input<T> : IEndpointParameterMetadataProvider where T : class, IMessage, new()
{
    public required T Message { get; init; }

    public static async ValueTask<Input<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var reading = new Reading<T>();
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            reading.Query(context.Request.Query);
        else
            await reading.Body(context.Request, context.RequestAborted);
        reading.Headers(context.Request.Headers);
        return new Input<T> { Message = reading.Message };
    }

    /// <summary>The same reading for what looks at a query before the endpoint does.</summary>
    public static T FromQuery(IQueryCollection query)
    {
        var reading = new Reading<T>();
        reading.Query(query);
        return reading.Message;
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(new InputMetadata(typeof(T)));
}

/// <summary>Says which message an endpoint reads; the API description is made from it.</summary>
internal sealed record InputMetadata(Type Message);
