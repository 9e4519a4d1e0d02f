using Microsoft.Net.Http.Headers;

namespace Consultation.Infrastructure.Http;

/// <summary>Which of the media types that an endpoint offers a client would rather have (RFC 9110, 12.5.1).</summary>
internal static class ContentNegotiation
{
    /// <summary>
    /// The first of <paramref name="offered"/> is what those get who ask for nothing in particular, for anything, or for what nobody offers. The answer
    /// depends on the header, and says so.
    /// </summary>
    public static string Negotiate(this HttpContext context, params ReadOnlySpan<string> offered)
    {
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
        var best = offered[0];
        if (!MediaTypeHeaderValue.TryParseList(context.Request.Headers.Accept!, out var accepted))
            return best;

        var quality = 0.0;
        foreach (var mediaType in offered)
            if (QualityOf(new MediaTypeHeaderValue(mediaType), accepted) is var own && own > quality)
                (best, quality) = (mediaType, own);
        return best;
    }

    /// <summary>That of the most specific range that the type falls under.</summary>
    private static double QualityOf(MediaTypeHeaderValue offered, IList<MediaTypeHeaderValue> accepted)
    {
        var (quality, specificity) = (0.0, -1);
        foreach (var range in accepted)
        {
            var own = range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2;
            if (own > specificity && range.MatchesMediaType(offered.MediaType))
                (quality, specificity) = (range.Quality ?? 1, own);
        }
        return quality;
    }
}
