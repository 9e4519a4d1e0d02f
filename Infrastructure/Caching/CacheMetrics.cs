using System.Diagnostics.Metrics;
using Consultation.Infrastructure.Telemetry;

namespace Consultation.Infrastructure.Caching;

/// <summary>Where an answer came from.</summary>
internal enum CacheRead
{
    /// <summary>This replica's memory.</summary>
    Hit,

    /// <summary>Redis, where another replica had stored it.</summary>
    Fetched,

    /// <summary>The database.</summary>
    Miss,

    /// <summary>Another request of this replica, which was fetching or making it.</summary>
    Shared,

    /// <summary>The database, since Redis could not say what is valid.</summary>
    Bypass,
}

/// <summary>What operators ask about the cache, in figures.</summary>
internal sealed class CacheMetrics
{
    private static readonly KeyValuePair<string, object?>[] Results =
        [.. Enum.GetNames<CacheRead>().Select(name => new KeyValuePair<string, object?>("result", name.ToLowerInvariant()))];

    private readonly Counter<long> _reads;
    private readonly Counter<long> _evictions;
    private readonly Counter<long> _stalePrevented;

    public CacheMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Metrics.MeterName);
        _reads = meter.CreateCounter<long>(
            "consultation.cache.reads", "{request}", "Cached lists by result: hit, fetched (another replica's entry), miss, shared (waited for another's query), bypass (Redis away)");
        _evictions = meter.CreateCounter<long>("consultation.cache.evictions", "{write}", "Writes that invalidated the lists, by result: done, pending");
        _stalePrevented = meter.CreateCounter<long>(
            "consultation.cache.stale_prevented", "{entry}", "Entries not served because something was written, they had expired, or Redis could not be trusted");
    }

    public void Read(CacheRead result) => _reads.Add(1, Results[(int)result]);

    public void Invalidated(bool done) => _evictions.Add(1, new KeyValuePair<string, object?>("result", done ? "done" : "pending"));

    public void StalePrevented(int entries) => _stalePrevented.Add(entries);
}
