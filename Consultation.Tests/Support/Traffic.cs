using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace Consultation.Tests.Support;

/// <summary>One request of a kind at one of the replicas, with timestamps; no answer when the connection broke.</summary>
internal sealed record Exchange(string Kind, int Replica, long Began, long Ended, Answer? Answer)
{
    public TimeSpan Took => Stopwatch.GetElapsedTime(Began, Ended);

    public HttpStatusCode? Status => Answer?.Status;

    public override string ToString() => $"{Kind} at replica {Replica} in {Took.TotalSeconds:0.000} s: {Status} {Answer?.Code}";
}

/// <summary>Requests of several kinds at several replicas: each replica has one client a kind, which asks again once it has an answer.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    /// <summary>The machine has to do the work of everybody here; answers in time are what is looked at, not how many.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Exchange> _exchanges = new();
    private readonly List<Task> _clients = [];

    public IReadOnlyCollection<Exchange> All => _exchanges;

    public static Traffic Start(IEnumerable<HttpClient> replicas, params (string Kind, Func<HttpClient, Task<Answer>> Send)[] kinds)
    {
        var traffic = new Traffic();
        foreach (var (replica, http) in replicas.Index())
            traffic._clients.AddRange(kinds.Select(kind => Task.Run(() => traffic.AskAsync(kind.Kind, replica, http, kind.Send))));
        return traffic;
    }

    /// <summary>Waits for so many exchanges of each replica that began after the timestamp and are such.</summary>
    public Task UntilAsync(string what, TimeSpan within, int replicas, int count, long since, Func<Exchange, bool> such) =>
        Bounded.UntilAsync(what, within, () => Task.FromResult(
            _exchanges.Where(exchange => exchange.Began >= since && such(exchange)).CountBy(exchange => exchange.Replica).Count(each => each.Value >= count) == replicas));

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task AskAsync(string kind, int replica, HttpClient http, Func<HttpClient, Task<Answer>> send)
    {
        while (!_stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            Answer? answer = null;
            try
            {
                answer = await send(http);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                // no answer: for the test to judge
            }
            _exchanges.Enqueue(new Exchange(kind, replica, began, Stopwatch.GetTimestamp(), answer));
            await Task.Delay(Pause);
        }
    }
}
