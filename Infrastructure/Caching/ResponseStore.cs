using System.Collections.Concurrent;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Telemetry;

namespace Consultation.Infrastructure.Caching;

/// <summary>
/// Finished answers of the present generation, in process. Readers that miss the same entry wait for one of them to make it: the
/// one came with the same generation, so it asked the database after everything that the others may rely on was committed.
/// </summary>
internal sealed class ResponseStore(TimeProvider clock, Metrics metrics)
{
    /// <summary>Queries are free to vary, memory is not: past this bound the store starts anew.</summary>
    private const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>What an entry takes beside its bytes, about.</summary>
    private const int Overhead = 1024;

    private sealed class Epoch(RequestListVersion generation)
    {
        public readonly RequestListVersion Version = generation;
        public readonly ConcurrentDictionary<string, TaskCompletionSource<CachedResponse?>> Entries = new();
        private long _bytes;

        public bool IsFull => Interlocked.Read(ref _bytes) > MaxBytes;

        public void Count(CachedResponse response) => Interlocked.Add(ref _bytes, Overhead + response.Length);

        public void Uncount(CachedResponse response) => Interlocked.Add(ref _bytes, -Overhead - response.Length);
    }

    /// <summary>One query that is shared without being kept, begun after <paramref name="before"/> has ended.</summary>
    private sealed class Turn(Task before)
    {
        public readonly Task Before = before;
        public readonly TaskCompletionSource<CachedResponse?> Answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public bool HasBegun;
    }

    private readonly Dictionary<string, Turn> _turns = [];
    private Epoch _current = new(new RequestListVersion(0, 0));

    /// <returns>The entry, made by <paramref name="make"/> if need be; null when <paramref name="make"/> has answered in its own way.</returns>
    public async Task<CachedResponse?> GetOrMake(
        RequestListVersion generation, string key, Func<Task<CachedResponse?>> make, CancellationToken cancellationToken)
    {
        if (EpochOf(generation) is not { } epoch)
        {
            metrics.CacheRead("miss");
            return await Share(key, make, cancellationToken); // the generation has moved on since this reader took it
        }

        while (true)
        {
            if (!epoch.Entries.TryGetValue(key, out var entry))
            {
                var mine = new TaskCompletionSource<CachedResponse?>(TaskCreationOptions.RunContinuationsAsynchronously);
                entry = epoch.Entries.GetOrAdd(key, mine);
                if (entry == mine)
                    return await MakeFor(epoch, key, mine, make);
            }

            var ready = entry.Task.IsCompleted;
            var response = await entry.Task.WaitAsync(cancellationToken);
            if (response is not null && clock.GetUtcNow() < response.FreshUntil)
            {
                metrics.CacheRead(ready ? "hit" : "shared");
                return response;
            }
            // it has expired, or its maker did not get that far; one of those who see it takes it out
            if (epoch.Entries.TryRemove(new(key, entry)) && response is not null)
            {
                epoch.Uncount(response);
                metrics.StalePrevented(1);
            }
        }
    }

    /// <summary>
    /// For readers without a valid generation: nothing is kept, but they share a query that begins after they came. So one runs and
    /// one waits for it, however many readers there are, and PostgreSQL does not pay for a Redis that is away.
    /// </summary>
    public async Task<CachedResponse?> Share(string key, Func<Task<CachedResponse?>> make, CancellationToken cancellationToken)
    {
        Turn turn;
        bool isMine;
        lock (_turns)
        {
            var last = _turns.GetValueOrDefault(key);
            isMine = last is null or { HasBegun: true };
            turn = isMine ? _turns[key] = new Turn(last?.Answer.Task ?? Task.CompletedTask) : last!;
        }
        return isMine ? await TakeTurn(turn, key, make) : await turn.Answer.Task.WaitAsync(cancellationToken) ?? await make();
    }

    private async Task<CachedResponse?> TakeTurn(Turn turn, string key, Func<Task<CachedResponse?>> make)
    {
        CachedResponse? response = null;
        DatabaseUnavailableException? outage = null;
        try
        {
            await turn.Before;
            lock (_turns)
                turn.HasBegun = true;
            return response = await make();
        }
        catch (DatabaseUnavailableException unavailable)
        {
            outage = unavailable;
            throw;
        }
        finally
        {
            lock (_turns)
                if (_turns.GetValueOrDefault(key) == turn)
                    _turns.Remove(key);
            Settle(turn.Answer, response, outage);
        }
    }

    private async Task<CachedResponse?> MakeFor(
        Epoch epoch, string key, TaskCompletionSource<CachedResponse?> mine, Func<Task<CachedResponse?>> make)
    {
        try
        {
            metrics.CacheRead("miss");
            var response = await make();
            if (response is null)
                epoch.Entries.TryRemove(new(key, mine));
            else
                epoch.Count(response);
            mine.SetResult(response);
            return response;
        }
        catch (Exception failure)
        {
            epoch.Entries.TryRemove(new(key, mine));
            Settle(mine, null, failure as DatabaseUnavailableException);
            throw;
        }
    }

    /// <summary>An outage is everybody's: those who waited have waited long enough. After any other failure each tries for itself.</summary>
    private static void Settle(TaskCompletionSource<CachedResponse?> answer, CachedResponse? response, DatabaseUnavailableException? outage)
    {
        if (outage is null)
        {
            answer.SetResult(response);
            return;
        }
        answer.SetException(outage);
        _ = answer.Task.Exception; // nobody may have waited
    }

    private Epoch? EpochOf(RequestListVersion generation)
    {
        while (true)
        {
            var seen = Volatile.Read(ref _current);
            if (generation.IsBefore(seen.Version))
                return null;
            if (seen.Version == generation && !seen.IsFull)
                return seen;
            if (Interlocked.CompareExchange(ref _current, new Epoch(generation), seen) == seen && seen.Version != generation)
                metrics.StalePrevented(seen.Entries.Count);
        }
    }
}
