namespace Consultation.Infrastructure.Http;

internal static class HeadRequests
{
    private static readonly HttpMethodMetadata GetAndHead = new([HttpMethods.Get, HttpMethods.Head]);

    /// <summary>GET endpoints answer HEAD as well; the server leaves the body out.</summary>
    public static TBuilder AnswersHead<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Finally(endpoint =>
        {
            if (endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: ["GET"] })
                endpoint.Metadata.Add(GetAndHead);
        });
        return endpoints;
    }
}
