using System.Globalization;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;

namespace Consultation.Tests.Infrastructure.OpenApi;

/// <summary>Real answers, by the operation of the API description that they belong to.</summary>
internal sealed class RecordedAnswers
{
    private static readonly string[] Headers =
        ["ETag", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "Location", "Idempotency-Replayed", "WWW-Authenticate"];

    private readonly JsonArray _answers = [];

    /// <summary>Each operation and status that has an answer, like <c>GET /health/live 200</c>.</summary>
    public HashSet<string> Seen { get; } = [];

    /// <summary>Each problem's code with its operation and status.</summary>
    public HashSet<string> Codes { get; } = [];

    public string ToJson() => _answers.ToJsonString();

    /// <param name="http">The client.</param>
    /// <param name="operation">Method and path as in the description, and what to put in the place of <c>{id}</c>.</param>
    /// <param name="body">What to send, if anything.</param>
    /// <param name="token">Whose request it is.</param>
    /// <param name="query">With its question mark.</param>
    /// <param name="headers">More request headers.</param>
    public async Task<Answer> AddAsync(
        HttpClient http, (string Method, string Path, object? Id) operation, object? body = null, string? token = null, string query = "", params (string Name, string Value)[] headers)
    {
        var (method, path, id) = operation;
        var target = path.Replace("{id}", Convert.ToString(id, CultureInfo.InvariantCulture), StringComparison.Ordinal) + query;
        var answer = await http.SendAsync(new HttpMethod(method), target, body, token, headers);
        var status = (int)answer.Status;
        _answers.Add(new JsonObject
        {
            ["method"] = method.ToLowerInvariant(),
            ["path"] = path,
            ["status"] = $"{status}",
            ["contentType"] = answer.Message.Content.Headers.ContentType?.MediaType,
            ["headers"] = new JsonArray([.. Headers.Where(name => answer.Header(name) is not null).Select(name => (JsonNode)name)]),
            ["body"] = answer.Body?.DeepClone(),
        });
        Seen.Add($"{method} {path} {status}");
        if (answer.Code is { } code)
            Codes.Add($"{method} {path} {status} {code}");
        return answer;
    }
}
