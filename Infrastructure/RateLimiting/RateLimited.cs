using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Redis;
using Microsoft.Extensions.Primitives;

namespace Consultation.Infrastructure.RateLimiting;

/// <summary>Metadata of an endpoint: the policy by which it is limited, and what that is set to.</summary>
internal sealed class RateLimited(RateLimitPolicy policy, RateLimit limit) : IRedisOperationSource
{
    public string PolicyName => policy.Name;

    public int Requests => limit.Requests;

    public StringValues RequestsText { get; } = limit.Requests.ToString(CultureInfo.InvariantCulture);

    public string KeyPrefix { get; } = $"consultation:limit:{policy.Name}:";

    public long WindowMilliseconds { get; } = (long)limit.Window.TotalMilliseconds;

    public RedisOperation OperationFor(HttpContext context)
    {
        var count = new RateLimitCount(this, CallerOf(context));
        context.Features.Set(count);
        return count;
    }

    private static string CallerOf(HttpContext context) =>
        context.User.Sub() is { } sub ? $"sub:{sub}" : $"ip:{AddressOf(context.Connection.RemoteIpAddress)}";

    /// <summary>An IPv6 subscriber is given a /64 at least, so that is what counts as one caller.</summary>
    private static string AddressOf(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
