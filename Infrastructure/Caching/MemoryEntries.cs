using System.Collections.Concurrent;
using Consultation.Infrastructure.Errors;

namespace Consultation.Infrastructure.Caching;

/// <summary>
/// This replica's copies of the entries of one version, the highest that it has seen. They are tasks, so that requests that miss the same entry
/// wait for one of them: those came with the same version, so whoever makes it asks the database after everything they may rely on was committed.
/// </summary>
internal sealed class MemoryEntries(CacheMetrics metrics)
{
    /// <summary>Queries are free to vary, memory is not: past this bound the copies are dropped.</summary>
    private const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>What an entry takes beside its bytes, about.</summary>
    private const int Overhead = 1024;

    private Copies _current = new(new AcceptedVersion(0, 0));

    /// <returns>Null when <paramref name="version"/> is not the highest any more: a write came in between.</returns>
    public Copies? Of(AcceptedVersion version)
    {
        while (true)
        {
            var seen = Volatile.Read(ref _current);
            if (seen.Version == version && !seen.IsFull)
                return seen;
            if (version.IsBefore(seen.Version))
                return null;
            if (Interlocked.CompareExchange(ref _current, new Copies(version), seen) == seen && seen.Version != version)
                metrics.StalePrevented(seen.Count);
        }
    }

    /// <summary>The copies of one version.</summary>
    internal sealed class Copies(AcceptedVersion version)
    {
        private readonly ConcurrentDictionary<string, Task<Outcome<CachedResponse>>> _entries = new();
        private long _bytes;

        public AcceptedVersion Version => version;

        public bool IsFull => Interlocked.Read(ref _bytes) > MaxBytes;

        public int Count => _entries.Count;

        public Task<Outcome<CachedResponse>>? Find(string key) => _entries.GetValueOrDefault(key);

        /// <returns>The entry, which is <paramref name="mine"/> if there was none: then it is for the caller to make it.</returns>
        public Task<Outcome<CachedResponse>> GetOrAdd(string key, Task<Outcome<CachedResponse>> mine) => _entries.GetOrAdd(key, mine);

        public void Keep(CachedResponse response) => Interlocked.Add(ref _bytes, Overhead + response.Body.Length);

        /// <returns>Whether it was there; of several who find an entry of no use, one removes it.</returns>
        public bool Remove(string key, Task<Outcome<CachedResponse>> entry)
        {
            if (!_entries.TryRemove(new(key, entry)))
                return false;
            if (entry is { IsCompletedSuccessfully: true, Result: { Refusal: null, Value: var kept } })
                Interlocked.Add(ref _bytes, -Overhead - kept.Body.Length);
            return true;
        }
    }
}
