using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.OpenApi;

namespace Consultation.Infrastructure.Paging;

/// <summary>
/// Where a list goes on: after the row with this instant and id, in the list of these filters. Clients hold it as an opaque text, which has a check
/// sum, so that a text that was cut or edited is told from one of ours. It holds nothing that is a secret.
/// </summary>
[JsonConverter(typeof(TextConverter<PageCursor>))]
[WrittenAs(@"^[A-Za-z0-9_\-]{38}$", "AAYz1gUbgAAAAAAAAAAAFLOGl0vZ2u0XW5IzPg", "Must be a next of an earlier answer, unchanged.")]
internal readonly record struct PageCursor(DateTimeOffset Instant, long Id, ulong Filters) : IParsable<PageCursor>
{
    private const int Payload = 24;
    private const int CheckSum = 4;

    public static PageCursor Parse(string s, IFormatProvider? provider) => TryParse(s, provider, out var cursor) ? cursor : throw new FormatException();

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out PageCursor result)
    {
        result = default;
        Span<byte> bytes = stackalloc byte[Payload + CheckSum];
        if (s is null || s.Length != Base64Url.GetEncodedLength(bytes.Length)
            || !Base64Url.TryDecodeFromChars(s, bytes, out var length) || length != bytes.Length
            || !SHA256.HashData(bytes[..Payload]).AsSpan(0, CheckSum).SequenceEqual(bytes[Payload..]))
            return false;
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (ticks < DateTimeOffset.MinValue.Ticks || ticks > DateTimeOffset.MaxValue.Ticks)
            return false;
        result = new PageCursor(
            new DateTimeOffset(ticks, TimeSpan.Zero), BinaryPrimitives.ReadInt64BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]));
        return true;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Payload + CheckSum];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Instant.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], Id);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], Filters);
        SHA256.HashData(bytes[..Payload]).AsSpan(0, CheckSum).CopyTo(bytes[Payload..]);
        return Base64Url.EncodeToString(bytes);
    }
}
