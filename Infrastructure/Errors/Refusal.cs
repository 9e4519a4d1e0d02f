namespace Consultation.Infrastructure.Errors;

/// <summary>
/// Why a request is not granted: a value, not an exception. <paramref name="Detail"/> is a sentence a person can be shown.
/// <paramref name="Extra"/> is added to the problem document (<c>errors</c>, <c>alternatives</c>, <c>conflicts</c>).
/// </summary>
internal sealed record Refusal(int Status, string Code, string Detail, string? ExtraName = null, object? Extra = null)
{
    public static readonly Refusal Unauthorized = new(401, "UNAUTHORIZED", "This needs a valid access token.");
    public static readonly Refusal Forbidden = new(403, "FORBIDDEN", "This token does not permit that.");
    public static readonly Refusal NotFound = new(404, "NOT_FOUND", "There is nothing at this address.");
    public static readonly Refusal MethodNotAllowed = new(405, "METHOD_NOT_ALLOWED", "This address does not take that method.");
    public static readonly Refusal PayloadTooLarge = new(413, "PAYLOAD_TOO_LARGE", "The body is larger than 64 KiB.");
    public static readonly Refusal UnsupportedMediaType = new(415, "UNSUPPORTED_MEDIA_TYPE", "The body has to be JSON in UTF-8.");
    public static readonly Refusal RateLimited = new(429, "RATE_LIMIT_EXCEEDED", "That were too many requests. Please wait a moment.");
    public static readonly Refusal Internal = new(500, "INTERNAL_ERROR", "Something went wrong on our side.");
    public static readonly Refusal Unavailable = new(503, "SERVICE_UNAVAILABLE", "The service cannot be reached right now. Please try again shortly.");

    public static Refusal Validation(IReadOnlyDictionary<string, string[]> errors) =>
        new(400, "VALIDATION_FAILED", "Some values are not valid.", "errors", errors);

    /// <summary>For the one member of which a handler finds out that it cannot be.</summary>
    public static Refusal Invalid(string member, string message) => Validation(new Dictionary<string, string[]> { [member] = [message] });

    /// <summary>The refusal that goes with a status which some middleware or the framework has set without a body.</summary>
    public static Refusal OfStatus(int status) => status switch
    {
        401 => Unauthorized,
        403 => Forbidden,
        404 => NotFound,
        405 => MethodNotAllowed,
        413 => PayloadTooLarge,
        415 => UnsupportedMediaType,
        429 => RateLimited,
        503 => Unavailable,
        >= 500 => Internal with { Status = status },
        _ => Invalid("body", "The request could not be read.") with { Status = status },
    };

    public Refusal With(string name, object extra) => this with { ExtraName = name, Extra = extra };
}
