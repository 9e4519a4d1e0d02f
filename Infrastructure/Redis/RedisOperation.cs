using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>What can be done with a key in a shared trip.</summary>
/// <param name="Lua">
/// The body of a function of <c>key</c>, <c>argument</c> and <c>times</c>, both texts, that returns the reply. Equal operations of a trip are
/// run as one; <c>times</c> says how many they are. Only texts are put together in it, since number formats differ between Lua versions.
/// </param>
internal sealed record RedisOperationKind(string Lua);

/// <summary>One operation of one request, and its reply once the trip is over.</summary>
internal abstract class RedisOperation(RedisOperationKind kind, string key, long argument)
{
    public RedisOperationKind Kind => kind;

    public string Key => key;

    public long Argument => argument;

    /// <summary>Null when Redis could not be asked: go on without it.</summary>
    public RedisResult? Reply { get; set; }

    /// <summary>How many equal operations of the same trip come after this one.</summary>
    public int Followers { get; set; }
}

/// <summary>Metadata of an endpoint: an operation that each of its requests needs. Those of all an endpoint's conventions travel in one trip.</summary>
internal interface IRedisOperationSource
{
    /// <summary>Makes the operation, and keeps it where its owner will find it with its reply.</summary>
    RedisOperation OperationFor(HttpContext context);
}
