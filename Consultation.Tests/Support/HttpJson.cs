using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Consultation.Tests.Support;

/// <summary>An answer with its body read; a body that is not JSON is null here.</summary>
internal sealed record Answer(HttpResponseMessage Message, string Text)
{
    public HttpStatusCode Status => Message.StatusCode;

    public JsonNode? Body => field ??= Parse(Text);

    /// <summary>The stable code of a problem document.</summary>
    public string? Code => Body is JsonObject problem && problem.TryGetPropertyValue("code", out var code) ? code?.GetValue<string>() : null;

    /// <summary>The members that a validation problem names.</summary>
    public IEnumerable<string> BadMembers => Body?["errors"]?.AsObject().Select(error => error.Key) ?? [];

    public JsonNode this[string member] => Body![member]!;

    public string? Header(string name) =>
        Message.Headers.TryGetValues(name, out var values) || Message.Content.Headers.TryGetValues(name, out values) ? string.Join(",", values) : null;

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal static class HttpJson
{
    public const string Slots = "/api/consultations/slots";
    public const string Book = "/api/consultations/book";
    public const string MyBookings = "/api/consultations/bookings";
    public const string AdminSlots = "/api/admin/consultations/slots";
    public const string AdminBookings = "/api/admin/consultations/bookings";

    /// <param name="http">The client.</param>
    /// <param name="method">The method.</param>
    /// <param name="path">The path with its query.</param>
    /// <param name="body">An object to be written as JSON, or a string that goes out as it is.</param>
    /// <param name="token">A bearer token.</param>
    /// <param name="headers">More request headers.</param>
    public static async Task<Answer> SendAsync(
        this HttpClient http, HttpMethod method, string path, object? body = null, string? token = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var response = await http.SendAsync(request);
        return new Answer(response, await response.Content.ReadAsStringAsync());
    }

    public static Task<Answer> GetAsync(this HttpClient http, string path, string? token, params (string Name, string Value)[] headers) =>
        http.SendAsync(HttpMethod.Get, path, null, token, headers);

    public static Task<Answer> PostAsync(this HttpClient http, string path, object? body, string? token = null, params (string Name, string Value)[] headers) =>
        http.SendAsync(HttpMethod.Post, path, body, token, headers);

    public static Task<Answer> PatchAsync(this HttpClient http, string path, object? body, string? token = null) =>
        http.SendAsync(HttpMethod.Patch, path, body, token);

    public static Task<Answer> DeleteAsync(this HttpClient http, string path, string? token) => http.SendAsync(HttpMethod.Delete, path, null, token);

    /// <summary>Books as a guest who gives everything that is needed.</summary>
    public static Task<Answer> BookAsync(this HttpClient http, long slotId, string? token = null, string? idempotencyKey = null) =>
        http.PostAsync(Book, new { slotId, name = "Ada Lovelace", email = "ada@example.org", phone = "+44 20 7946 0000" }, token,
            idempotencyKey is null ? [] : [("Idempotency-Key", idempotencyKey)]);
}
