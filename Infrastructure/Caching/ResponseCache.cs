using System.Text.Json;
using Consultation.Infrastructure.Coalescing;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Json;

namespace Consultation.Infrastructure.Caching;

/// <summary>What an endpoint answers, and the instant at which it stops being true by itself; null for never.</summary>
internal sealed record Cacheable(object Body, DateTimeOffset? TrueUntil);

/// <summary>
/// Answers of cached endpoints: from this replica's memory, from Redis where another replica has put it, or made anew. Which of them are valid is
/// told by the version that the request has brought from Redis; without one nothing is kept.
/// </summary>
internal sealed class ResponseCache(ListVersion version, MemoryEntries memory, RedisEntries shared, CacheOptions options, TimeProvider clock, CacheMetrics metrics)
{
    private const int MaxReaders = 10_000;

    /// <summary>By key, and with the number of requests that use it.</summary>
    private readonly Dictionary<string, (Coalescer<Func<Task<Outcome<CachedResponse>>>, Outcome<CachedResponse>> Queries, int Users)> _bypasses = [];

    /// <param name="context">The request's, of an endpoint that <see cref="CacheConventions.IsCached{TBuilder}"/>.</param>
    /// <param name="key">The entry's: the same for all requests whose answer is the same.</param>
    /// <param name="state">For <paramref name="makeAsync"/>, so that a hit need not put a closure together.</param>
    /// <param name="makeAsync">Asks the database. Others may wait for what it makes, so it must not end because one client leaves.</param>
    public Task<Outcome<CachedResponse>> GetAsync<TState>(HttpContext context, string key, TState state, Func<TState, Task<Outcome<Cacheable>>> makeAsync)
    {
        if (context.Features.Get<ListVersionRead>() is not { } read || version.Accept(read) is not { } accepted)
            return BypassAsync(key, state, makeAsync, CacheRead.Bypass, context.RequestAborted);
        if (memory.Of(accepted) is not { } copies)
            return BypassAsync(key, state, makeAsync, CacheRead.Miss, context.RequestAborted); // a writer has overtaken this reader
        if (copies.Find(key) is { IsCompletedSuccessfully: true } copy && clock.GetUtcNow() < copy.Result.Value.ValidUntil)
        {
            metrics.Read(CacheRead.Hit);
            return copy;
        }
        return FindOrMakeAsync(copies, key, state, makeAsync, context.RequestAborted);
    }

    private async Task<Outcome<CachedResponse>> FindOrMakeAsync<TState>(
        MemoryEntries.Copies copies, string key, TState state, Func<TState, Task<Outcome<Cacheable>>> makeAsync, CancellationToken cancellationToken)
    {
        while (true)
        {
            var mine = new TaskCompletionSource<Outcome<CachedResponse>>(TaskCreationOptions.RunContinuationsAsynchronously);
            var entry = copies.GetOrAdd(key, mine.Task);
            if (entry == mine.Task)
                return await FillAsync(copies, key, mine, state, makeAsync);

            var outcome = await entry.WaitAsync(cancellationToken);
            if (outcome.Refusal is not null || clock.GetUtcNow() < outcome.Value.ValidUntil)
            {
                metrics.Read(CacheRead.Shared);
                return outcome;
            }
            if (copies.Remove(key, entry))
                metrics.StalePrevented(1);
        }
    }

    private async Task<Outcome<CachedResponse>> FillAsync<TState>(
        MemoryEntries.Copies copies, string key, TaskCompletionSource<Outcome<CachedResponse>> mine, TState state, Func<TState, Task<Outcome<Cacheable>>> makeAsync)
    {
        try
        {
            if (await shared.FindAsync(copies.Version, key) is { } stored)
            {
                metrics.Read(CacheRead.Fetched);
                copies.Keep(stored);
                mine.SetResult(stored);
                return stored;
            }

            metrics.Read(CacheRead.Miss);
            var made = await MakeAsync(state, makeAsync);
            if (made.Refusal is null)
            {
                copies.Keep(made.Value);
                shared.Store(copies.Version, key, made.Value); // under the version that was taken before the query, whatever it is by now
            }
            else
            {
                copies.Remove(key, mine.Task);
            }
            mine.SetResult(made);
            return made;
        }
        catch (Exception failure)
        {
            copies.Remove(key, mine.Task);
            mine.SetException(failure);
            _ = mine.Task.Exception; // nobody may have waited
            throw;
        }
    }

    /// <summary>
    /// For requests without a valid version: nothing is kept, but they share a query that begins after they came. So one runs and one waits for
    /// it, however many requests there are, and PostgreSQL does not pay for a Redis that is away.
    /// </summary>
    private async Task<Outcome<CachedResponse>> BypassAsync<TState>(
        string key, TState state, Func<TState, Task<Outcome<Cacheable>>> makeAsync, CacheRead result, CancellationToken cancellationToken)
    {
        metrics.Read(result);
        Coalescer<Func<Task<Outcome<CachedResponse>>>, Outcome<CachedResponse>> queries;
        lock (_bypasses)
        {
            var (present, users) = _bypasses.GetValueOrDefault(key);
            queries = present ?? new(async readers => [.. Enumerable.Repeat(await readers[0](), readers.Count)], MaxReaders);
            _bypasses[key] = (queries, users + 1);
        }
        try
        {
            return await queries.RunAsync(() => MakeAsync(state, makeAsync), cancellationToken);
        }
        finally
        {
            lock (_bypasses)
                if (_bypasses[key] is var (_, users) && users > 1)
                    _bypasses[key] = (queries, users - 1);
                else
                    _bypasses.Remove(key);
        }
    }

    private async Task<Outcome<CachedResponse>> MakeAsync<TState>(TState state, Func<TState, Task<Outcome<Cacheable>>> makeAsync)
    {
        var made = await makeAsync(state);
        if (made.Refusal is { } refusal)
            return refusal;
        var validUntil = clock.GetUtcNow() + options.TimeToLive;
        if (made.Value.TrueUntil is { } end && end < validUntil)
            validUntil = end;
        return new CachedResponse(JsonSerializer.SerializeToUtf8Bytes(made.Value.Body, JsonFormat.Options), validUntil);
    }
}
