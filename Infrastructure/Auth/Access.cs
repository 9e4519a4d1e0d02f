using Microsoft.AspNetCore.Authorization;

namespace Consultation.Infrastructure.Auth;

/// <summary>What an admin's token may permit.</summary>
internal static class Permission
{
    public const string SlotsRead = "consultation:slots:read";
    public const string SlotsWrite = "consultation:slots:write";
    public const string BookingsRead = "consultation:bookings:read";
    public const string BookingsWrite = "consultation:bookings:write";

    public static readonly string[] All = [SlotsRead, SlotsWrite, BookingsRead, BookingsWrite];
}

/// <summary>Who may use an endpoint; every endpoint says one of these.</summary>
internal static class Access
{
    public const string GuestsAndTokens = "guests-and-tokens";
    public const string Customers = "customers";

    /// <summary>Anybody; a token, good or bad, changes nothing.</summary>
    public static TBuilder IsPublic<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint.AllowAnonymous();

    /// <summary>Anybody without a token, or with a valid one; a bad token is refused and never taken for none.</summary>
    public static TBuilder ForGuestsAndTokens<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(GuestsAndTokens);

    public static TBuilder ForCustomers<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(Customers);

    /// <summary>Admins whose token has the permission.</summary>
    public static TBuilder Requires<TBuilder>(this TBuilder endpoint, string permission) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(permission);

    public static void AddPolicies(AuthorizationOptions options)
    {
        options.AddPolicy(GuestsAndTokens, policy => policy.RequireAssertion(context =>
            context.User.Identity!.IsAuthenticated || ((HttpContext)context.Resource!).Request.Headers.Authorization.Count == 0));
        options.AddPolicy(Customers, policy => policy.RequireAuthenticatedUser().RequireRole(Caller.CustomerRole));
        foreach (var permission in Permission.All)
            options.AddPolicy(permission, policy => policy
                .RequireAuthenticatedUser().RequireRole(Caller.AdminRole).RequireClaim(Caller.PermissionsClaim, permission));
    }
}
