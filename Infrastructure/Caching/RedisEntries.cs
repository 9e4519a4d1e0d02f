using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Consultation.Infrastructure.Redis;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Caching;

/// <summary>
/// Entries in Redis, where all replicas find them. Each carries the version under which it was read, and is taken for that version alone; and a
/// checksum over its key and all that it says, since what lies there may be broken or somebody else's.
/// </summary>
internal sealed class RedisEntries(RedisClient redis, TimeProvider clock)
{
    // magic (4 bytes), checksum (16), version (8), valid until in Unix milliseconds (8), body; numbers are big-endian
    private const int ChecksumAt = 4, VersionAt = 20, ValidUntilAt = 28, BodyAt = 36;

    private static ReadOnlySpan<byte> Magic => "CRE1"u8;

    /// <returns>Null when there is no entry of that version that is whole and still valid, or Redis cannot be asked.</returns>
    public async Task<CachedResponse?> FindAsync(AcceptedVersion version, string key)
    {
        var (ok, bytes) = await redis.TryAsync(db => GetAsync(db, key));
        return ok && bytes is not null ? Decode(version, key, bytes) : null;
    }

    /// <summary>Nobody waits for it: a reader who comes before it is there finds none and asks the database.</summary>
    public void Store(AcceptedVersion version, string key, CachedResponse response)
    {
        var timeToLive = response.ValidUntil - clock.GetUtcNow();
        if (timeToLive > TimeSpan.Zero)
            _ = redis.TryAsync(db => db.StringSetAsync(key, Encode(version, key, response), timeToLive)).AsTask();
    }

    internal static byte[] Encode(AcceptedVersion version, string key, CachedResponse response)
    {
        var bytes = new byte[BodyAt + response.Body.Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(VersionAt), version.Value);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(ValidUntilAt), response.ValidUntil.ToUnixTimeMilliseconds());
        response.Body.Span.CopyTo(bytes.AsSpan(BodyAt));
        Checksum(key, bytes).CopyTo(bytes.AsSpan(ChecksumAt));
        return bytes;
    }

    internal CachedResponse? Decode(AcceptedVersion version, string key, byte[] bytes)
    {
        if (bytes.Length < BodyAt || !bytes.AsSpan().StartsWith(Magic) || !bytes.AsSpan(ChecksumAt, VersionAt - ChecksumAt).SequenceEqual(Checksum(key, bytes)))
            return null;
        if (BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(VersionAt)) != version.Value)
            return null;
        var validUntil = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(ValidUntilAt)));
        return clock.GetUtcNow() < validUntil ? new CachedResponse(bytes.AsMemory(BodyAt), validUntil) : null;
    }

    /// <summary>A key that holds something else than a text is an entry that is not there, and no failure of Redis.</summary>
    private static async Task<byte[]?> GetAsync(IDatabase db, string key)
    {
        try
        {
            return await db.StringGetAsync(key);
        }
        catch (RedisServerException wrongType) when (wrongType.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static ReadOnlySpan<byte> Checksum(string key, byte[] bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(key));
        hash.AppendData(bytes.AsSpan(VersionAt));
        return hash.GetHashAndReset().AsSpan(0, VersionAt - ChecksumAt);
    }
}
