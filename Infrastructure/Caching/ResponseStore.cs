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
    /// <summary>Queries are free to vary, memory is not: what comes past these bounds is made anew each time.</summary>
    private const int MaxEntries = 1000;
    private const long MaxBytes = 64 * 1024 * 1024;

    private sealed class Epoch(long generation)
    {
        public readonly long Generation = generation;
        public readonly ConcurrentDictionary<string, TaskCompletionSource<CachedResponse?>> Entries = new();
        public long Bytes;
    }

    private Epoch current = new(0);

    /// <returns>The entry, made by <paramref name="make"/> if need be; null when <paramref name="make"/> has answered in its own way.</returns>
    public async Task<CachedResponse?> GetOrMake(long generation, string key, Func<Task<CachedResponse?>> make, CancellationToken cancellationToken)
    {
        if (EpochOf(generation) is not { } epoch)
            return await Make(make); // the generation has moved on since this reader took it

        while (true)
        {
            var mine = new TaskCompletionSource<CachedResponse?>(TaskCreationOptions.RunContinuationsAsynchronously);
            var entry = epoch.Entries.GetOrAdd(key, mine);
            if (entry == mine)
                return epoch.Entries.Count > MaxEntries || Interlocked.Read(ref epoch.Bytes) > MaxBytes
                    ? await MakeFor(epoch, key, mine, make, keep: false)
                    : await MakeFor(epoch, key, mine, make, keep: true);

            var ready = entry.Task.IsCompleted;
            if (await entry.Task.WaitAsync(cancellationToken) is { } response)
            {
                if (clock.GetUtcNow() < response.FreshUntil)
                {
                    metrics.CacheRead(ready ? "hit" : "shared");
                    return response;
                }
                metrics.StalePrevented();
                Interlocked.Add(ref epoch.Bytes, -response.Length);
            }
            epoch.Entries.TryRemove(new(key, entry)); // it has expired, or its maker did not get that far
        }
    }

    private async Task<CachedResponse?> MakeFor(
        Epoch epoch, string key, TaskCompletionSource<CachedResponse?> mine, Func<Task<CachedResponse?>> make, bool keep)
    {
        try
        {
            var response = await Make(make);
            if (response is null || !keep)
                epoch.Entries.TryRemove(new(key, mine));
            else
                Interlocked.Add(ref epoch.Bytes, response.Length);
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

    private Epoch? EpochOf(long generation)
    {
        while (true)
        {
            var seen = Volatile.Read(ref current);
            if (seen.Generation == generation)
                return seen;
            if (seen.Generation > generation)
                return null;
            Interlocked.CompareExchange(ref current, new Epoch(generation), seen);
        }
    }
}
