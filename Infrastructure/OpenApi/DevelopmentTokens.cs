using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>
/// Tokens of a development run, by what they grant. The page sends a token by the scheme that an operation names, so each is a scheme of its
/// own there, named at the operations that it opens.
/// </summary>
internal sealed class DevelopmentTokens(IReadOnlyDictionary<string, string> tokens)
{
    /// <summary>The scheme of all tokens.</summary>
    public const string Scheme = "bearer";

    public Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var grant in tokens.Keys)
            document.AddComponent<IOpenApiSecurityScheme>(NameOf(grant), new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = Scheme,
                Description = $"The token of this development run that grants {grant}.",
            });
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations!.Values))
            foreach (var needs in operation.Security!.SelectMany(requirement => requirement.Where(scheme => scheme.Key.Reference.Id == Scheme)).Select(scheme => scheme.Value).ToList())
                foreach (var grant in tokens.Keys.Where(grant => needs.Count == 0 || needs.Contains(grant)).Reverse())
                    operation.Security!.Insert(0, new() { [new OpenApiSecuritySchemeReference(NameOf(grant), document)] = [] });
        return Task.CompletedTask;
    }

    public void Offer(ScalarOptions page)
    {
        if (tokens.Count > 0)
            page.AddPreferredSecuritySchemes(tokens.Keys.Select(NameOf));
        foreach (var (grant, token) in tokens)
            page.AddHttpAuthentication(NameOf(grant), scheme => scheme.Token = token);
    }

    private static string NameOf(string grant) => $"development-{grant}";
}
