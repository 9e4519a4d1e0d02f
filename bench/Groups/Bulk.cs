using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Consultation.Bench.Loads;
using Consultation.Bench.Servers;

namespace Consultation.Bench.Groups;

/// <summary>The same slots made by one POST slots/bulk, and by a POST slots for each, one after the other on one connection.</summary>
internal static class Bulk
{
    private const string InBulk = "POST slots/bulk";
    private const string RowByRow = "POST slots, one by one";
    private const string Path = "/api/admin/consultations/slots";
    private const int Count = Slots.BulkDays * Slots.BulkPerDay;

    internal static Task<Section> RunAsync(Stage stage, Rounds rounds, CancellationToken stop)
    {
        var title = string.Create(CultureInfo.InvariantCulture, $"{Count:N0} slots made by staff");
        return rounds.CompareAsync(
            new Comparison(
                title, "slots",
                [
                    new Contender(InBulk, stage.Service.Process.Id, true, (_, token) => TimeAsync(stage, BulkAsync, token)),
                    new Contender(RowByRow, stage.Service.Process.Id, true, (_, token) => TimeAsync(stage, OneByOneAsync, token)),
                ],
                [new Ratio($"{title}: in bulk over one by one", InBulk, RowByRow, Ratio.PerSecond)]),
            stop);
    }

    private static async Task<Load> TimeAsync(Stage stage, Func<HttpClient, CancellationToken, Task> make, CancellationToken stop)
    {
        await stage.Slots.DeleteBulkAsync(stop);
        using var http = new HttpClient { BaseAddress = new Uri(stage.Service.Url("")) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ServiceSettings.StaffToken());
        var started = Stopwatch.GetTimestamp();
        await make(http, stop);
        return new Load(Count, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private static async Task BulkAsync(HttpClient http, CancellationToken stop)
    {
        var endTime = TimeOnly.MinValue.AddMinutes(Slots.BulkPerDay * Slots.BulkMinutes);
        var pattern = new
        {
            startDate = Slots.BulkFrom,
            endDate = Slots.BulkFrom.AddDays(Slots.BulkDays - 1),
            daysOfWeek = new[] { "MON-SUN" },
            startTime = "00:00",
            endTime = endTime.ToString("HH:mm", CultureInfo.InvariantCulture),
            intervalMinutes = Slots.BulkMinutes,
            timeZone = "UTC",
            onConflict = "fail",
        };
        await SendAsync(http, $"{Path}/bulk", pattern, stop);
    }

    private static async Task OneByOneAsync(HttpClient http, CancellationToken stop)
    {
        for (var i = 0; i < Count; i++)
        {
            var day = Slots.BulkFrom.AddDays(i / Slots.BulkPerDay).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
            var start = day.AddMinutes(i % Slots.BulkPerDay * Slots.BulkMinutes);
            await SendAsync(http, Path, new { startTime = start, endTime = start.AddMinutes(Slots.BulkMinutes) }, stop);
        }
    }

    private static async Task SendAsync(HttpClient http, string path, object body, CancellationToken stop)
    {
        using var answer = await http.PostAsJsonAsync(path, body, stop);
        if (answer.StatusCode != HttpStatusCode.Created)
            throw new InvalidOperationException($"{path} answered {answer.StatusCode}: {await answer.Content.ReadAsStringAsync(stop)}");
    }
}
