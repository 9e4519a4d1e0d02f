using System.Text.Json.Nodes;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Telemetry;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>What holds for the whole service.</summary>
internal static class ServiceDescription
{
    private const string Conventions = """
        Customers find a consultation slot and book it; staff generate slots, see bookings and mark whom they have contacted.

        Instants are ISO-8601 in UTC; requests may use any offset, but must have one. Lengths are UTF-16 units, after trimming; white space
        alone counts as empty, and empty as left out. Unknown members are ignored, a member given twice is refused. Every GET answers HEAD.
        Every error is a problem document (RFC 9457) whose `code` is the stable part.
        """;

    public static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo { Title = "Consultation", Version = ServiceVersion.Current, Description = Conventions };
        document.Servers?.Clear(); // it is wherever the document came from
        ((OpenApiSchema)document.Components!.Schemas![ProblemDescription.Schema].Properties!["code"]).Enum = [.. Codes(document)];
        return Task.CompletedTask;
    }

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
