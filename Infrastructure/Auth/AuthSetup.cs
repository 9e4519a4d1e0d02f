using System.Security.Claims;
using System.Text;
using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Errors;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.IdentityModel.Tokens;

namespace Consultation.Infrastructure.Auth;

internal static class AuthSetup
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private static readonly string[] AsymmetricAlgorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static IServiceCollection AddTokens(this IServiceCollection services, ConfigurationReader configuration, Func<ClaimsPrincipal, bool> namesSomebody)
    {
        services.AddSingleton(JwtOptions.Read(configuration));
        services.AddSingleton<AuthorityKeys>();
        services.AddHostedService(provider => provider.GetRequiredService<AuthorityKeys>());
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<JwtOptions, IWebHostEnvironment>((options, jwt, environment) => Configure(options, jwt, namesSomebody, environment.IsDevelopment()));
        return services;
    }

    /// <summary>
    /// For requests that have a token: the middleware opens a scope of services and makes a handler, only to find that there is none.
    /// </summary>
    public static void UseTokens(this WebApplication app)
    {
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true; // else the framework, which does not see the branch, adds it for all requests
        app.UseWhen(context => context.Request.Headers.Authorization.Count > 0, tokens => tokens.UseAuthentication());
    }

    private static void Configure(JwtBearerOptions options, JwtOptions jwt, Func<ClaimsPrincipal, bool> namesSomebody, bool development)
    {
        options.MapInboundClaims = false;
        options.Authority = jwt.Authority?.ToString();
        options.RequireHttpsMetadata = !development;
        options.BackchannelTimeout = AuthorityKeys.Timeout;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = jwt.Issuer,
            ValidAudience = jwt.Audience,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = ClockSkew,
            NameClaimType = Caller.SubClaim,
            RoleClaimType = jwt.RoleClaim,
            ValidAlgorithms = jwt.Authority is null ? [SecurityAlgorithms.HmacSha256] : AsymmetricAlgorithms,
            IssuerSigningKeys = [.. new[] { jwt.Secret, jwt.PreviousSecret }.OfType<string>().Select(secret => new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)))],
        };
        options.Events = new JwtBearerEvents
        {
            OnTokenValidated = context =>
            {
                if (!namesSomebody(context.Principal!))
                    context.Fail("The token names nobody.");
                return Task.CompletedTask;
            },
            OnMessageReceived = AwaitKeysAsync,
            OnChallenge = context =>
            {
                if (context.AuthenticateFailure is DependencyUnavailableException away)
                    throw away; // a 401 would have clients sign out users whose tokens are good
                context.ErrorDescription = null; // it would quote the token, and what a token says may be no header: then the answer would be a 500
                return Task.CompletedTask;
            },
            // a token that makes its handler throw is a bad one and no defect
            OnAuthenticationFailed = context =>
            {
                context.Fail(context.Exception);
                return Task.CompletedTask;
            },
        };
    }

    /// <summary>Nobody waits for the authority where no token is needed: without its keys at hand the caller is like one without a token.</summary>
    private static async Task AwaitKeysAsync(MessageReceivedContext context)
    {
        var keys = context.HttpContext.RequestServices.GetRequiredService<AuthorityKeys>();
        if (keys.AreAtHand || context.Request.Headers.Authorization is not [{ } header] || !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return;
        if (context.HttpContext.GetEndpoint()?.Metadata is not { } endpoint || endpoint.GetMetadata<IAllowAnonymous>() is not null)
            context.NoResult();
        else if (!await keys.TryFetchAsync(context.HttpContext.RequestAborted))
            context.Fail(new AuthorityUnavailableException());
    }
}
