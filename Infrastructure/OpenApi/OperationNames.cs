using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.OpenApi;

/// <summary>Names each operation after its slice (<c>createOrder</c>), with the prefix of its mount (<c>mobileCreateOrder</c>).</summary>
internal static class OperationNames
{
    private const string Suffix = "Endpoint";

    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (operation.OperationId is null && Outermost(metadata.OfType<MethodInfo>().First().DeclaringType!).Name is var slice && slice.EndsWith(Suffix, StringComparison.Ordinal))
        {
            var prefix = metadata.OfType<OperationPrefix>().SingleOrDefault()?.Text;
            operation.OperationId = JsonNamingPolicy.CamelCase.ConvertName(prefix + slice[..^Suffix.Length]);
        }
        operation.Security ??= []; // nothing is needed unless a convention says so
        return Task.CompletedTask;
    }

    /// <summary>A lambda's method is in a class that the compiler nests.</summary>
    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
