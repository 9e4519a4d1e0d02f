using System.Security.Claims;
using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Configuration;
using Microsoft.AspNetCore.Authorization;

namespace Consultation.Features;

/// <summary>What a staff member's token may permit.</summary>
internal static class Permission
{
    public const string SlotsRead = "consultation:slots:read";
    public const string SlotsWrite = "consultation:slots:write";
    public const string BookingsRead = "consultation:bookings:read";
    public const string BookingsWrite = "consultation:bookings:write";

    public static readonly string[] All = [SlotsRead, SlotsWrite, BookingsRead, BookingsWrite];
}

/// <summary>Who may use an endpoint; every endpoint says one of these, or that it is public.</summary>
internal static class Access
{
    public const string GuestsAndTokens = "guests-and-tokens";
    public const string Customers = "customers";
    public const string CustomerRole = "customer";
    public const string StaffRole = "admin";

    public static bool IsCustomer(this ClaimsPrincipal user) => user.IsInRole(CustomerRole);

    /// <summary>Anybody without a token, or with a valid one; a bad token is refused and never taken for none.</summary>
    public static TBuilder ForGuestsAndTokens<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(GuestsAndTokens).DescribesOptionalToken();

    public static TBuilder ForCustomers<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(Customers).DescribesToken(CustomerRole);

    /// <summary>Staff whose token has the permission.</summary>
    public static TBuilder Requires<TBuilder>(this TBuilder endpoint, string permission) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(permission).DescribesToken(StaffRole, permission);

    public static IServiceCollection AddAccess(this IServiceCollection services, ConfigurationReader configuration)
    {
        var permissionsClaim = configuration.Name("CONSULTATION_JWT_PERMISSIONS_CLAIM", "permissions");
        return services
            .AddTokens(configuration, user => user.HasSubject(user.IsCustomer() ? FieldLimits.CustomerId : FieldLimits.StaffId))
            .AddAuthorization(options => AddPolicies(options, permissionsClaim));
    }

    private static void AddPolicies(AuthorizationOptions options, string permissionsClaim)
    {
        options.AddPolicy(GuestsAndTokens, policy => policy.RequireAssertion(context =>
            context.User.Identity!.IsAuthenticated || ((HttpContext)context.Resource!).Request.Headers.Authorization.Count == 0));
        options.AddPolicy(Customers, policy => policy.RequireAuthenticatedUser().RequireRole(CustomerRole));
        foreach (var permission in Permission.All)
            options.AddPolicy(permission, policy => policy
                .RequireAuthenticatedUser().RequireRole(StaffRole).RequireAssertion(context => context.User.Grants(permissionsClaim, permission)));
    }
}
