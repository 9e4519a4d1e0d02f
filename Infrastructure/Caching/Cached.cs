using Consultation.Infrastructure.Redis;

namespace Consultation.Infrastructure.Caching;

/// <summary>Metadata of an endpoint whose answers are kept.</summary>
internal sealed class Cached(ListVersion version) : IRedisOperationSource
{
    public RedisOperation OperationFor(HttpContext context)
    {
        var read = version.NewRead();
        context.Features.Set(read);
        return read;
    }
}
