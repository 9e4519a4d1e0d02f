using System.Diagnostics;
using Consultation.Bench.Servers;

namespace Consultation.Bench.Groups;

/// <summary>One more replica on a migrated database: how soon it is ready, and its memory when nothing is asked of it.</summary>
internal static class Start
{
    /// <summary>After it is ready, until its start has settled.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    internal static async Task<Section> RunAsync(Stage stage, Options options, CancellationToken stop)
    {
        var (times, memory) = (new List<double>(), new List<double>());
        // The first one finds the files not yet in memory.
        for (var i = 0; i <= options.Starts; i++)
        {
            Progress.Say($"Start: {i} of {options.Starts}");
            var started = Stopwatch.GetTimestamp();
            var replica = stage.StartService("start");
            await stage.ReadyAsync("start", replica, "/health/ready", stop);
            var time = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            await Task.Delay(Idle, stop);
            if (i > 0)
            {
                times.Add(time);
                memory.Add(Proc.Megabytes(replica.Process.Id));
            }

            await stage.StopAsync(replica.Process);
        }

        return Section.OfFigures(
            "Start",
            new Figure("Process start to ready on a migrated database", "ms", Spread.Of(times)),
            new Figure("Memory when idle", "MB", Spread.Of(memory)));
    }
}
