using System.Globalization;
using System.Text.Json.Nodes;
using Consultation.Features;
using Npgsql;

namespace Consultation.Tests.Support;

/// <summary>An admin who may do everything, at one replica.</summary>
internal sealed class Staff(HttpClient http, string sub = "admin-1")
{
    private readonly string _token = Tokens.AdminOf(sub, Permission.All);

    public Task<Answer> Slots(string query = "") => http.GetAsync(HttpJson.AdminSlots + query, _token);

    public Task<Answer> Slot(object id) => http.GetAsync($"{HttpJson.AdminSlots}/{id}", _token);

    public Task<Answer> CreateSlot(object body) => http.PostAsync(HttpJson.AdminSlots, body, _token);

    public Task<Answer> GenerateSlots(object body) => http.PostAsync($"{HttpJson.AdminSlots}/bulk", body, _token);

    public Task<Answer> SwitchSlots(object body) => http.PatchAsync($"{HttpJson.AdminSlots}/bulk", body, _token);

    public Task<Answer> DeleteSlots(string query) => http.DeleteAsync($"{HttpJson.AdminSlots}/bulk{query}", _token);

    public Task<Answer> UpdateSlot(object id, object body) => http.PatchAsync($"{HttpJson.AdminSlots}/{id}", body, _token);

    public Task<Answer> DeleteSlot(object id) => http.DeleteAsync($"{HttpJson.AdminSlots}/{id}", _token);

    public Task<Answer> Bookings(string query = "") => http.GetAsync(HttpJson.AdminBookings + query, _token);

    public Task<Answer> Booking(object id) => http.GetAsync($"{HttpJson.AdminBookings}/{id}", _token);

    public Task<Answer> UpdateBooking(object id, object body) => http.PatchAsync($"{HttpJson.AdminBookings}/{id}", body, _token);

    public Task<Answer> CancelBooking(object id, string query = "") => http.DeleteAsync($"{HttpJson.AdminBookings}/{id}{query}", _token);

    public Task<Answer> CancelledBookings(string query = "") => http.GetAsync($"{HttpJson.AdminBookings}/cancelled{query}", _token);

    public Task<Answer> MarkContacted(long id) => UpdateBooking(id, new { status = "contacted" });
}

internal static class Answers
{
    /// <summary>The ids of a page's items, in its order.</summary>
    public static long[] Ids(this Answer page) => [.. page["items"].AsArray().Select(item => item!["id"]!.GetValue<long>())];

    public static long Total(this Answer page) => page["total"].GetValue<long>();

    /// <summary>A member as the text that stands in the JSON; null for null.</summary>
    public static string? TextOf(this JsonNode node, string member) => node[member]?.ToString();

    public static string[] Members(this JsonNode node) => [.. node.AsObject().Select(member => member.Key)];

    /// <summary>An instant as the service writes it.</summary>
    public static string Written(this DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture);

    /// <summary>A connection string whose sessions sort rows themselves, so that an index does not lend its order to a statement that has none.</summary>
    public static string WithoutIndexes(this Service service) => new NpgsqlConnectionStringBuilder(service.PostgresConnection)
    {
        Options = "-c enable_indexscan=off -c enable_bitmapscan=off -c enable_indexonlyscan=off",
    }.ConnectionString;

    public static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
