namespace Consultation.Infrastructure.Errors;

/// <summary>
/// Why a request is not granted: a value, not an exception. <paramref name="Detail"/> is a sentence a person can be shown.
/// <paramref name="Extra"/> is added to the problem document (<c>errors</c>, <c>alternatives</c>, <c>conflicts</c>).
/// </summary>
internal sealed record Refusal(int Status, string Code, string Detail, string? ExtraName = null, object? Extra = null)
{
    public static readonly Refusal Unauthorized = new(401, "UNAUTHORIZED", "Please sign in to continue.")
    {
        Happened = "The request needs an access token and has none, or one that is malformed, has expired, is signed with another key, or is meant for another service.",
        WhatToDo = "Get a new token from whoever issues them, and send it as `Authorization: Bearer <token>`. Once is enough: a token that was refused stays refused.",
    };

    public static readonly Refusal Forbidden = new(403, "FORBIDDEN", "You are not allowed to do this.")
    {
        Happened = "The access token is valid, but does not grant what this operation needs.",
        WhatToDo = "Look up in the description of the API what the operation needs, and have it granted. Sending the same token again changes nothing.",
    };

    public static readonly Refusal NotFound = new(404, "NOT_FOUND", "There is nothing at this address.")
    {
        Happened = "No route has this path. An id that is not a positive whole number leads nowhere either.",
        WhatToDo = "Check the path against the description of the API.",
    };

    public static readonly Refusal MethodNotAllowed = new(405, "METHOD_NOT_ALLOWED", "This address does not support that method.")
    {
        Happened = "The path exists, but not with this HTTP method. The header `Allow` names those that it has.",
        WhatToDo = "Use one of the methods in `Allow`.",
    };

    public static readonly Refusal PayloadTooLarge = new(413, "PAYLOAD_TOO_LARGE", "The request is too large: its body may have at most 64 KiB.")
    {
        Happened = "The body has more than 64 KiB.",
        WhatToDo = "Send less. No valid request comes near the limit.",
    };

    public static readonly Refusal UnsupportedMediaType = new(415, "UNSUPPORTED_MEDIA_TYPE", "The request body must be JSON in UTF-8.")
    {
        Happened = "The body has another `Content-Type` than `application/json` or one that ends with `+json`, or another charset than UTF-8.",
        WhatToDo = "Send JSON in UTF-8, with `Content-Type: application/json`.",
    };

    public static readonly Refusal RateLimited = new(429, "RATE_LIMIT_EXCEEDED", "Too many requests. Please wait a moment and try again.")
    {
        Happened = "This caller has made more requests of this kind than are allowed within a window of time. The headers `RateLimit-*` tell the limit.",
        WhatToDo = "Wait for as many seconds as `Retry-After` says, then try again. Requests made before that count as well.",
    };

    public static readonly Refusal Internal = new(500, "INTERNAL_ERROR", "Something went wrong on our side. Please try again later.")
    {
        Happened = "The service met a defect of its own. It was logged under the `traceId` of the answer.",
        WhatToDo = "Report it with its `traceId`. To repeat a write safely, look first whether it was done, or send it with the idempotency key that it had.",
    };

    public static readonly Refusal Unavailable = new(503, "SERVICE_UNAVAILABLE", "The service is temporarily unavailable. Please try again shortly.")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
        Happened = "Something that the service cannot do without, its database or the authority whose keys check tokens, cannot be reached at the moment.",
        WhatToDo = "Try again after `Retry-After` seconds, with the same idempotency key if there was one. A token that was sent may well be good: keep the user signed in.",
    };

    private static readonly Refusal InvalidValues = new(400, "VALIDATION_FAILED", "Some of the values are not valid.")
    {
        Happened = "The body could not be read, or values in body, query or headers are missing, of the wrong type, or out of range. `errors` names each with what is wrong.",
        WhatToShow = "The messages in `errors`, each beside the field it belongs to.",
        WhatToDo = "Correct what `errors` names, and send the request again.",
    };

    /// <summary>Those that any service of this kind has.</summary>
    public static IReadOnlyList<Refusal> Common { get; } =
        [InvalidValues, Unauthorized, Forbidden, NotFound, MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType, RateLimited, Internal, Unavailable];

    /// <summary>When a client may try again, where that is the same for every request.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>For a developer who meets the code: what it means.</summary>
    public string Happened { get; init; } = "";

    /// <summary>What a user should see: the detail, unless there is something better.</summary>
    public string WhatToShow { get => field ?? Detail; init; }

    /// <summary>What the program that has got it should do.</summary>
    public string WhatToDo { get; init; } = "";

    public static Refusal Validation(IReadOnlyDictionary<string, string[]> errors) => InvalidValues.With("errors", errors);

    /// <summary>For the one member of which a handler finds out that it cannot be.</summary>
    public static Refusal Invalid(string member, string message) => Validation(new Dictionary<string, string[]> { [member] = [message] });

    /// <summary>The refusal that goes with a status which some middleware or the framework has set without a body.</summary>
    public static Refusal OfStatus(int status) =>
        Common.FirstOrDefault(refusal => refusal.Status == status && refusal != InvalidValues)
        ?? (status >= 500 ? Internal with { Status = status } : Invalid("body", "The request could not be read.") with { Status = status });

    public Refusal With(string name, object extra) => this with { ExtraName = name, Extra = extra };
}
