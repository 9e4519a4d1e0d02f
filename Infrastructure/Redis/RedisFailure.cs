using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>Why Redis cannot be relied on.</summary>
/// <param name="Kind">One of the constants; a tag of metrics.</param>
/// <param name="Detail">What an operator needs beside it.</param>
internal sealed record RedisFailure(string Kind, string Detail)
{
    /// <summary>A connection broke or could not be made.</summary>
    public const string Connection = "connection";

    /// <summary>No answer within the bound.</summary>
    public const string Timeout = "timeout";

    /// <summary>Redis answered with an error: no memory, no rights, a replica.</summary>
    public const string Refused = "refused";

    /// <summary>Redis named a version that is older than one it named before.</summary>
    public const string OldData = "old_data";

    /// <summary>Redis could not be told of a write.</summary>
    public const string InvalidationPending = "invalidation_pending";

    /// <summary>
    /// What StackExchange.Redis throws for reasons of Redis or of the way there. <see cref="RedisCommandException"/> is no
    /// <see cref="RedisException"/>, a closed connection cancels its calls, and one that is being closed is disposed.
    /// </summary>
    public static bool Is(Exception exception) =>
        exception is RedisException or RedisCommandException or TimeoutException or OperationCanceledException or ObjectDisposedException;

    public static RedisFailure Of(Exception exception) => exception switch
    {
        RedisServerException refused => new(Refused, refused.Message),
        RedisCommandException refused => new(Refused, refused.Message),
        TimeoutException => new(Timeout, "no answer in time"),
        _ => new(Connection, exception.Message),
    };
}
