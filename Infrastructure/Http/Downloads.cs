using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Infrastructure.Http;

internal static class Downloads
{
    /// <summary>A file in UTF-8 that is sent while it is made, so that memory does not grow with it. HEAD has its headers alone.</summary>
    public static PushStreamHttpResult Download(this HttpContext context, string mediaType, string fileName, Func<Stream, Task> writeAsync) =>
        TypedResults.Stream(
            output => HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : writeAsync(output), $"{mediaType}; charset=utf-8", fileName);
}
