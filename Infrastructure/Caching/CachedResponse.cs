using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Consultation.Infrastructure.Caching;

/// <summary>A finished 200 in JSON: its bytes, also compressed once somebody accepts that, and until when it may be served.</summary>
internal sealed class CachedResponse : IResult
{
    /// <summary>Below this, compressing saves no packet.</summary>
    private const int WorthCompressing = 1024;

    private const string ContentType = "application/json; charset=utf-8";

    private static readonly StringValues NoCache = "no-cache";
    private static readonly StringValues VaryByEncoding = HeaderNames.AcceptEncoding;

    private readonly Representation _plain;
    private readonly Lazy<Representation> _brotli;
    private readonly Lazy<Representation> _gzip;

    public CachedResponse(ReadOnlyMemory<byte> body, DateTimeOffset validUntil)
    {
        ValidUntil = validUntil;
        var tag = Convert.ToHexStringLower(SHA256.HashData(body.Span).AsSpan(0, 12));
        _plain = new Representation(body, null, $"\"{tag}\"");
        _brotli = new(() => new Representation(Compress(body, into => new BrotliStream(into, CompressionLevel.Fastest)), "br", $"\"{tag}-br\""));
        _gzip = new(() => new Representation(Compress(body, into => new GZipStream(into, CompressionLevel.Fastest)), "gzip", $"\"{tag}-gzip\""));
    }

    public DateTimeOffset ValidUntil { get; }

    public ReadOnlyMemory<byte> Body => _plain.Body;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);
        var chosen = Choose(request.Headers.AcceptEncoding);

        var headers = response.Headers;
        headers.ETag = chosen.TagHeader;
        headers.CacheControl = NoCache;
        headers.Vary = headers.Vary.Count == 0 ? VaryByEncoding : StringValues.Concat(headers.Vary, VaryByEncoding);
        if (IsKnown(request.Headers.IfNoneMatch, chosen.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        headers.ContentType = ContentType;
        headers.ContentLength = chosen.Body.Length;
        if (chosen.Encoding is not null)
            headers.ContentEncoding = chosen.Encoding;
        return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : WriteAsync(response, chosen.Body, httpContext.RequestAborted);
    }

    private static Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> body, CancellationToken aborted)
    {
        var written = response.BodyWriter.WriteAsync(body, aborted);
        if (!written.IsCompletedSuccessfully)
            return written.AsTask();
        _ = written.Result; // takes it back to where it came from
        return Task.CompletedTask;
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
        if (ifNoneMatch.Count == 0)
            return false;
        if (ifNoneMatch.Count == 1 && ifNoneMatch[0] == tag)
            return true; // what nearly every client sends needs no parsing
        if (!EntityTagHeaderValue.TryParseList(ifNoneMatch!, out var known))
            return false;
        foreach (var candidate in known)
            if (candidate.Equals(EntityTagHeaderValue.Any) || candidate.Tag == tag)
                return true;
        return false;
    }

    private static byte[] Compress(ReadOnlyMemory<byte> body, Func<Stream, Stream> compressor)
    {
        var compressed = new MemoryStream(body.Length / 4);
        using (var stream = compressor(compressed))
            stream.Write(body.Span);
        return compressed.ToArray();
    }

    /// <summary>Strong tags differ between encodings, as the bytes do.</summary>
    private sealed record Representation(ReadOnlyMemory<byte> Body, string? Encoding, string Tag)
    {
        public StringValues TagHeader { get; } = Tag;
    }
}
