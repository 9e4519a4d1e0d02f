using System.Text.Json.Nodes;
using Consultation.Tests.Support;

namespace Consultation.Tests.Features.BookSlot;

/// <summary>A guest's request that is right, and variations of it.</summary>
internal static class BookingRequest
{
    public const string Name = "Ada Lovelace";
    public const string Email = "ada@example.org";
    public const string Phone = "+44 20 7946 0000";

    /// <param name="slotId">The slot.</param>
    /// <param name="with">Members to set or to replace; a null is written as one.</param>
    public static JsonObject For(long slotId, params (string Member, JsonNode? Value)[] with)
    {
        var body = new JsonObject { ["slotId"] = slotId, ["name"] = Name, ["email"] = Email, ["phone"] = Phone };
        foreach (var (member, value) in with)
            body[member] = value;
        return body;
    }

    /// <summary>Sends it, with an idempotency key if there is one.</summary>
    public static Task<Answer> BookAsync(this HttpClient http, JsonObject body, string? token = null, string? key = null, string path = HttpJson.Book) =>
        http.PostAsync(path, body, token, key is null ? [] : [("Idempotency-Key", key)]);
}
