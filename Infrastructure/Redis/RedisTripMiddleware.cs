namespace Consultation.Infrastructure.Redis;

/// <summary>Asks Redis, in one trip, for all that the conventions of a request's endpoint need to know: the caller's count, the version of what is cached.</summary>
internal sealed class RedisTripMiddleware(RequestDelegate next, RedisTrips trips)
{
    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetOrderedMetadata<IRedisOperationSource>() is { Count: > 0 } sources ? AskAsync(context, sources) : next(context);

    private async Task AskAsync(HttpContext context, IReadOnlyList<IRedisOperationSource> sources)
    {
        var operations = new RedisOperation[sources.Count];
        for (var index = 0; index < operations.Length; index++)
            operations[index] = sources[index].OperationFor(context);
        await trips.RunAsync(operations);
        await next(context);
    }
}
