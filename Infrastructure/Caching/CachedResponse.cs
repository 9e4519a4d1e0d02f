using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Consultation.Infrastructure.Caching;

/// <summary>A finished 200: its bytes, also compressed once somebody accepts that, and until when it may be served.</summary>
internal sealed class CachedResponse
{
    /// <summary>Below this, compressing saves no packet.</summary>
    private const int WorthCompressing = 1024;

    private readonly string? _contentType;
    private readonly Representation _plain;
    private readonly Lazy<Representation> _brotli;
    private readonly Lazy<Representation> _gzip;

    public CachedResponse(byte[] body, string? contentType, DateTimeOffset freshUntil)
    {
        _contentType = contentType;
        FreshUntil = freshUntil;
        var tag = Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 12));
        _plain = new Representation(body, null, $"\"{tag}\"");
        _brotli = new(() => new Representation(Compress(body, into => new BrotliStream(into, CompressionLevel.Fastest)), "br", $"\"{tag}-br\""));
        _gzip = new(() => new Representation(Compress(body, into => new GZipStream(into, CompressionLevel.Fastest)), "gzip", $"\"{tag}-gzip\""));
    }

    public DateTimeOffset FreshUntil { get; }

    public int Length => _plain.Body.Length;

    public Task Write(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var chosen = Choose(request.Headers.AcceptEncoding);

        response.Headers.ETag = chosen.Tag;
        response.Headers.CacheControl = "no-cache";
        response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (IsKnown(request.Headers.IfNoneMatch, chosen.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        response.ContentType = _contentType;
        response.ContentLength = chosen.Body.Length;
        if (chosen.Encoding is not null)
            response.Headers.ContentEncoding = chosen.Encoding;
        return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : response.Body.WriteAsync(chosen.Body, context.RequestAborted).AsTask();
    }

    private Representation Choose(StringValues acceptEncoding)
    {
        if (acceptEncoding.Count == 0 || _plain.Body.Length < WorthCompressing || !StringWithQualityHeaderValue.TryParseList(acceptEncoding!, out var accepted))
            return _plain;
        return Accepts(accepted, "br") ? _brotli.Value : Accepts(accepted, "gzip") ? _gzip.Value : _plain;
    }

    private static bool Accepts(IList<StringWithQualityHeaderValue> accepted, string encoding)
    {
        foreach (var value in accepted)
            if (value.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase))
                return value.Quality is null or > 0;
        return false;
    }

    /// <summary>RFC 9110, 13.1.2: any of the tags, compared weakly, or a star.</summary>
    private static bool IsKnown(StringValues ifNoneMatch, string tag)
    {
        if (ifNoneMatch.Count == 0 || !EntityTagHeaderValue.TryParseList(ifNoneMatch!, out var known))
            return false;
        foreach (var candidate in known)
            if (candidate.Equals(EntityTagHeaderValue.Any) || candidate.Tag == tag)
                return true;
        return false;
    }

    private static byte[] Compress(byte[] body, Func<Stream, Stream> compressor)
    {
        var compressed = new MemoryStream(body.Length / 4);
        using (var stream = compressor(compressed))
            stream.Write(body);
        return compressed.ToArray();
    }

    /// <summary>Strong tags differ between encodings, as the bytes do.</summary>
    private sealed record Representation(byte[] Body, string? Encoding, string Tag);
}
