using System.Text.Json.Nodes;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Telemetry;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>What holds for the whole service. <paramref name="introduction"/> says what it is there for.</summary>
internal sealed class ServiceDescription(string introduction)
{
    private const string Conventions = """
        Instants are ISO-8601 in UTC; requests may use any offset, but must have one. Lengths are UTF-16 units, after normalising to NFC and trimming;
        a text without a visible character counts as empty, and empty as left out. Unknown members are ignored, a member given twice is refused.
        Every GET answers HEAD. Every error is a problem document (RFC 9457) whose `code` is the stable part and whose `type` is a page about it.
        Patterns describe the plain form of a value, not every spelling that is taken.
        """;

    public Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo { Title = "Consultation", Version = ServiceVersion.Current, Description = $"{introduction}\n\n{Conventions}" };
        document.Servers = [.. (document.Servers ?? []).Select(PathOf).OfType<OpenApiServer>()];
        ((OpenApiSchema)document.Components!.Schemas![ProblemDescription.Schema].Properties!["code"]).Enum = [.. Codes(document)];
        return Task.CompletedTask;
    }

    /// <summary>The service is wherever the document came from, so only a path that a proxy has put before it is worth saying.</summary>
    private static OpenApiServer? PathOf(OpenApiServer server) =>
        new Uri(server.Url!).AbsolutePath.TrimEnd('/') is { Length: > 0 } path ? new OpenApiServer { Url = path } : null;

    /// <summary>Those of all operations, and the one that is no operation's: of a method that an address does not take.</summary>
    private static IEnumerable<JsonNode> Codes(OpenApiDocument document) => document.Paths.Values
        .SelectMany(path => path.Operations!.Values)
        .SelectMany(operation => operation.Responses!.Values)
        .SelectMany(answer => answer.Content?.Values ?? [])
        .SelectMany(content => content.Examples?.Keys ?? Enumerable.Empty<string>())
        .Append(Refusal.MethodNotAllowed.Code)
        .Distinct()
        .Order(StringComparer.Ordinal)
        .Select(code => (JsonNode)code);
}
