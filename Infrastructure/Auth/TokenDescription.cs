using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.Auth;

/// <summary>Says in the API description which token an endpoint takes.</summary>
internal static class TokenDescription
{
    private static readonly AnswerHeader Challenge = new("WWW-Authenticate", "The scheme that is needed.", "Bearer");

    /// <summary>A token that grants these.</summary>
    public static TBuilder DescribesToken<TBuilder>(this TBuilder endpoint, params string[] needs) where TBuilder : IEndpointConventionBuilder =>
        endpoint.Describes((operation, context) =>
        {
            context.Document!.AddComponent<IOpenApiSecurityScheme>(DevelopmentTokens.Scheme, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = JwtBearerDefaults.AuthenticationScheme.ToLowerInvariant(),
                BearerFormat = "JWT",
                Description = "The names at an operation are what the token needs to grant.",
            });
            (operation.Security ??= []).Add(new() { [new OpenApiSecuritySchemeReference(DevelopmentTokens.Scheme, context.Document)] = [.. needs] });
            operation.AddRefusal(context, Refusal.Unauthorized);
            operation.AddHeader(context, Refusal.Unauthorized.Status, Challenge);
            if (needs.Length > 0)
                operation.AddRefusal(context, Refusal.Forbidden);
        });

    /// <summary>Any token, or none at all.</summary>
    public static TBuilder DescribesOptionalToken<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.Describes((operation, _) => (operation.Security ??= []).Add([])).DescribesToken();
}
