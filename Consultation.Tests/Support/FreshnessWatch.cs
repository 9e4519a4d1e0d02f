using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace Consultation.Tests.Support;

/// <summary>
/// Switches slots on and off at any of the replicas, lists them at all of them, and finds the lists that are older than a write that was
/// answered before they were asked for. Each slot has one writer, so its writes follow each other.
/// </summary>
internal sealed class FreshnessWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly record struct Write(long Began, long Ended, bool Open);

    private readonly record struct Read(int Replica, long Began, long Ended, HashSet<long> Open);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<long, List<Write>> _writes = new();
    private readonly ConcurrentQueue<Read> _reads = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly string _admin = Tokens.Admin();
    private readonly HttpClient[] _replicas;
    private readonly List<Task> _running;

    /// <param name="replicas">A client of each.</param>
    /// <param name="slots">Open slots of the coming month that nobody else touches.</param>
    /// <param name="writers">Who share the slots.</param>
    public FreshnessWatch(HttpClient[] replicas, IEnumerable<long> slots, int writers = 2)
    {
        _replicas = replicas;
        _running =
        [
            .. slots.Index().GroupBy(slot => slot.Index % writers, slot => slot.Item).Select(own => Task.Run(() => WriteAsync([.. own]))),
            .. replicas.Select((_, index) => Task.Run(() => ReadAsync(index))),
        ];
    }

    /// <summary>Lists so far.</summary>
    public int Reads => _reads.Count;

    /// <summary>Writes so far.</summary>
    public int Writes => _writes.Values.Sum(history => history.Count);

    /// <summary>Requests that were not answered 200.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
    }

    /// <summary>After <see cref="StopAsync"/>: the sights of a state that a write had ended, in words, with when they were asked for.</summary>
    public IReadOnlyList<(long Began, string What)> Stale() => [.. _reads.SelectMany(Judge)];

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private IEnumerable<(long, string)> Judge(Read read)
    {
        foreach (var (slot, history) in _writes)
        {
            var shown = read.Open.Contains(slot);
            var before = history.FindLastIndex(write => write.Ended < read.Began);
            if (shown == (before < 0 || history[before].Open) || history.Skip(before + 1).TakeWhile(write => write.Began <= read.Ended).Any(write => write.Open == shown))
                continue;
            yield return (read.Began, $"replica {read.Replica} shows slot {slot} {(shown ? "open" : "closed")}, {Stopwatch.GetElapsedTime(history[before].Ended, read.Began).TotalMilliseconds:0.0} ms after the contrary was answered");
        }
    }

    private async Task WriteAsync(long[] slots)
    {
        var open = slots.ToDictionary(slot => slot, _ => true);
        while (!_stop.IsCancellationRequested)
        {
            var (slot, http) = (slots[Random.Shared.Next(slots.Length)], _replicas[Random.Shared.Next(_replicas.Length)]);
            var began = Stopwatch.GetTimestamp();
            var answer = await http.PatchAsync($"{HttpJson.AdminSlots}/{slot}", new { isActive = !open[slot] }, _admin);
            var ended = Stopwatch.GetTimestamp();
            if (answer.Status != HttpStatusCode.OK)
            {
                _failures.Enqueue(answer.Text);
                return; // what it left is unknown
            }
            open[slot] = !open[slot];
            _writes.GetOrAdd(slot, _ => []).Add(new Write(began, ended, open[slot]));
            await Task.Delay(Pause);
        }
    }

    private async Task ReadAsync(int replica)
    {
        while (!_stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            var answer = await _replicas[replica].GetAsync(HttpJson.Slots, null);
            var ended = Stopwatch.GetTimestamp();
            if (answer.Status == HttpStatusCode.OK)
                _reads.Enqueue(new Read(replica, began, ended, [.. answer.Ids()]));
            else
                _failures.Enqueue(answer.Text);
            await Task.Delay(Pause);
        }
    }
}
