using Xunit;

namespace Consultation.Tests.Support;

/// <summary>Bookings with an access key, and what their holders may do with it.</summary>
internal static class Holders
{
    public const string Key = "AAAAAAAAAAAAAAAAAAAAAA";
    public const string WrongKey = "BAAAAAAAAAAAAAAAAAAAAA";

    /// <summary>A booking that <paramref name="key"/> opens.</summary>
    public static async Task<long> HeldBookingAsync(this Service service, long slot, string? customerId = null, string? key = Key)
    {
        var id = await service.BookingAsync(slot, customerId);
        await service.ExecuteAsync("update consultation_booking set access_key = @key where id = @id", new { id, key });
        return id;
    }

    public static Task<Answer> FindAsync(this HttpClient http, object id, string? key = null, string? token = null) =>
        http.SendAsync(HttpMethod.Get, $"{HttpJson.MyBookings}/{id}", null, token, WithKey(key));

    public static Task<Answer> CancelAsync(this HttpClient http, object id, string? key = null, string? token = null) =>
        http.SendAsync(HttpMethod.Delete, $"{HttpJson.MyBookings}/{id}", null, token, WithKey(key));

    /// <summary>The same in every respect but the trace.</summary>
    public static void IsTheSameRefusal(Answer expected, Answer actual)
    {
        Assert.Equal((expected.Status, expected.Code), (actual.Status, actual.Code));
        Assert.Equal(Lasting(expected), Lasting(actual));
        Assert.Equal(expected.Message.Headers.Select(header => header.Key).Order(), actual.Message.Headers.Select(header => header.Key).Order());
    }

    private static string Lasting(Answer answer)
    {
        var problem = answer.Body!.DeepClone().AsObject();
        problem.Remove("traceId");
        return problem.ToJsonString();
    }

    private static (string, string)[] WithKey(string? key) => key is null ? [] : [("Booking-Key", key)];
}
