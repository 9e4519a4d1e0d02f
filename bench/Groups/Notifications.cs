using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Consultation.Bench.Servers;

namespace Consultation.Bench.Groups;

/// <summary>From a booking's 201 to the hands of a stock BullMQ worker, one booking at a time.</summary>
internal static class Notifications
{
    private const int WarmUp = 20;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    internal static async Task<Section> RunAsync(Stage stage, Options options, CancellationToken stop)
    {
        var worker = stage.StartWorker();
        var taken = new ConcurrentDictionary<long, TaskCompletionSource<long>>();
        TaskCompletionSource<long> Taken(long booking) =>
            taken.GetOrAdd(booking, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        if (await worker.StandardOutput.ReadLineAsync(stop).AsTask().WaitAsync(Bound, stop) != "ready")
            throw new InvalidOperationException("The worker did not start.");

        var reader = Task.Run(
            async () =>
            {
                while (await worker.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
                    Taken(long.Parse(line, CultureInfo.InvariantCulture)).TrySetResult(Stopwatch.GetTimestamp());
            },
            CancellationToken.None);

        var slot = await stage.Slots.FreshAsync(stop);
        var times = new List<double>();
        for (var i = 0; i < WarmUp + options.Notifications; i++)
        {
            Progress.Say($"Notifications: {i + 1} of {WarmUp + options.Notifications}");
            var (booking, answered) = await BookAsync(stage, slot + i, stop);
            var handed = await Taken(booking).Task.WaitAsync(Bound, stop);
            // Less than 0 when the worker had the job before we had the answer.
            times.Add((handed - answered) * 1000.0 / Stopwatch.Frequency);
        }

        await stage.StopAsync(worker);
        await reader;
        double[] sorted = [.. times.Skip(WarmUp).Order()];
        return Section.OfFigures(
            "Notifications",
            new Figure($"201 to a stock BullMQ worker's hands, {options.Notifications} one at a time", "ms", Spread.Of(sorted)),
            new Figure("The 99th percentile of them", "ms", Spread.Of([Statistics.Quantile(sorted, 0.99)])));
    }

    private static async Task<(long Booking, long Answered)> BookAsync(Stage stage, long slotId, CancellationToken stop)
    {
        var body = new { slotId, name = "Ada", email = "ada@example.org", phone = "+44 20 7946 0000" };
        using var answer = await stage.Http.PostAsJsonAsync(stage.Service.Url(Bookings.Path), body, stop);
        var answered = Stopwatch.GetTimestamp();
        answer.EnsureSuccessStatusCode();
        return ((await answer.Content.ReadFromJsonAsync<JsonElement>(stop)).GetProperty("id").GetInt64(), answered);
    }
}
