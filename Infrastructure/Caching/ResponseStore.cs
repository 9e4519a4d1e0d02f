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

    private sealed class Epoch(RequestGeneration generation)
    {
        public readonly RequestGeneration Generation = generation;
        public readonly ConcurrentDictionary<string, TaskCompletionSource<CachedResponse?>> Entries = new();
        private long bytes;

        public bool IsFull => Interlocked.Read(ref bytes) > MaxBytes;

        public void Count(CachedResponse response) => Interlocked.Add(ref bytes, Overhead + response.Length);

        public void Uncount(CachedResponse response) => Interlocked.Add(ref bytes, -Overhead - response.Length);
    }

    private Epoch current = new(new RequestGeneration(0, 0));

    /// <returns>The entry, made by <paramref name="make"/> if need be; null when <paramref name="make"/> has answered in its own way.</returns>
    public async Task<CachedResponse?> GetOrMake(
        RequestGeneration generation, string key, Func<Task<CachedResponse?>> make, CancellationToken cancellationToken)
    {
        if (EpochOf(generation) is not { } epoch)
            return await Make(make); // the generation has moved on since this reader took it

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

    private async Task<CachedResponse?> MakeFor(
        Epoch epoch, string key, TaskCompletionSource<CachedResponse?> mine, Func<Task<CachedResponse?>> make)
    {
        try
        {
            var response = await Make(make);
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
            if (failure is DatabaseUnavailableException)
            {
                mine.SetException(failure); // those who waited have waited long enough
                _ = mine.Task.Exception; // nobody may have waited
            }
            else
            {
                mine.SetResult(null);
            }
            throw;
        }
    }

    private Task<CachedResponse?> Make(Func<Task<CachedResponse?>> make)
    {
        metrics.CacheRead("miss");
        return make();
    }

    private Epoch? EpochOf(RequestGeneration generation)
    {
        while (true)
        {
            var seen = Volatile.Read(ref current);
            if (generation.IsBefore(seen.Generation))
                return null;
            if (seen.Generation == generation && !seen.IsFull)
                return seen;
            if (Interlocked.CompareExchange(ref current, new Epoch(generation), seen) == seen && seen.Generation != generation)
                metrics.StalePrevented(seen.Entries.Count);
        }
    }
}
