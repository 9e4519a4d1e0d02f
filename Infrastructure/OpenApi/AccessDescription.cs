using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>Describes who may use an endpoint, from its policy: a token with these roles and permissions, or none at all.</summary>
internal static class AccessDescription
{
    private const string Scheme = "bearer";

    public static async Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        context.Document!.AddComponent<IOpenApiSecurityScheme>(Scheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = JwtBearerDefaults.AuthenticationScheme.ToLowerInvariant(),
            BearerFormat = "JWT",
            Description = "The names at an operation are the role and the permission that the token needs.",
        });

        operation.Security = [];
        if (await PolicyOf(context) is not { } policy)
            return;
        if (!policy.Requirements.OfType<DenyAnonymousAuthorizationRequirement>().Any())
            operation.Security.Add([]);
        operation.Security.Add(new() { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [.. Needs(policy)] });
    }

    public static async Task<AuthorizationPolicy?> PolicyOf(OpenApiOperationTransformerContext context)
    {
        var name = context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().SingleOrDefault()?.Policy;
        return name is null ? null : await context.ApplicationServices.GetRequiredService<IAuthorizationPolicyProvider>().GetPolicyAsync(name);
    }

    /// <summary>The roles and permissions that a policy asks for.</summary>
    public static IEnumerable<string> Needs(AuthorizationPolicy policy) => policy.Requirements.SelectMany(requirement => requirement switch
    {
        RolesAuthorizationRequirement roles => roles.AllowedRoles,
        ClaimsAuthorizationRequirement claims => claims.AllowedValues ?? [],
        _ => [],
    });
}
