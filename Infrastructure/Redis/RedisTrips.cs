using System.Diagnostics;
using System.Globalization;
using System.Text;
using Consultation.Infrastructure.Coalescing;
using Consultation.Infrastructure.Telemetry;
using StackExchange.Redis;

namespace Consultation.Infrastructure.Redis;

/// <summary>
/// Operations of all requests that wait at the same moment, whatever their kinds, in one script: one round trip to Redis. On a cluster, where a
/// script's keys must share a hash slot, it is one script for each slot, all sent together.
/// </summary>
internal sealed class RedisTrips
{
    /// <summary>Bounds the time for which one script keeps Redis from others: about a millisecond.</summary>
    private const int MaxRequests = 256;

    private const int ArgumentsEach = 3;

    private readonly RedisClient _client;
    private readonly RedisCircuitBreaker _breaker;
    private readonly List<RedisOperationKind> _kinds;
    private readonly string _script;
    private readonly Coalescer<WaitingRequest, bool> _coalescer;

    public RedisTrips(RedisClient client, RedisCircuitBreaker breaker, IEnumerable<RedisOperationKind> kinds)
    {
        (_client, _breaker, _kinds) = (client, breaker, [.. kinds]);
        _script = ScriptOf(_kinds);
        _coalescer = new(GoAsync, MaxRequests);
    }

    /// <summary>Ends when every operation has its reply, or none has one because Redis cannot be asked.</summary>
    public Task RunAsync(params RedisOperation[] operations)
    {
        var request = new WaitingRequest(operations, Stopwatch.GetTimestamp());
        return TelemetrySetup.Spans.HasListeners() ? TraceAsync(request) : _coalescer.RunAsync(request);
    }

    private async Task TraceAsync(WaitingRequest request)
    {
        using var span = TelemetrySetup.Spans.StartActivity("redis", ActivityKind.Client);
        span?.SetTag("db.system.name", "redis");
        if (!await _coalescer.RunAsync(request))
            span?.SetStatus(ActivityStatusCode.Error);
    }

    private async Task<IReadOnlyList<bool>> GoAsync(IReadOnlyList<WaitingRequest> requests)
    {
        var merged = Merge(requests);
        var (ok, replies) = await _client.TryAsync(
            redis => EvaluateBySlotAsync(redis, merged),
            since: requests[0].Since);
        var answered = new bool[requests.Count];
        if (!ok)
        {
            _breaker.Skip(requests.Count);
            return answered;
        }
        Array.Fill(answered, true);
        for (var index = 0; index < merged.Count; index++)
            merged[index].Answer(replies![index]);
        return answered;
    }

    private static List<EqualOperations> Merge(IReadOnlyList<WaitingRequest> requests)
    {
        var merged = new List<EqualOperations>();
        var byKey = new Dictionary<(RedisOperationKind, string), EqualOperations>(requests.Count);
        foreach (var request in requests)
            foreach (var operation in request.Operations)
            {
                if (!byKey.TryGetValue((operation.Kind, operation.Key), out var equal))
                {
                    byKey.Add((operation.Kind, operation.Key), equal = new());
                    merged.Add(equal);
                }
                equal.Add(operation);
            }
        return merged;
    }

    private async Task<RedisResult[]> EvaluateAsync(IDatabase redis, IReadOnlyList<EqualOperations> operations)
    {
        var (keys, arguments) = (new RedisKey[operations.Count], new RedisValue[operations.Count * ArgumentsEach]);
        for (var index = 0; index < operations.Count; index++)
        {
            var first = operations[index].First;
            keys[index] = first.Key;
            arguments[index * ArgumentsEach] = _kinds.IndexOf(first.Kind) + 1;
            arguments[(index * ArgumentsEach) + 1] = first.Argument;
            arguments[(index * ArgumentsEach) + 2] = operations[index].Count;
        }
        return (RedisResult[])(await redis.ScriptEvaluateAsync(_script, keys, arguments))!;
    }

    private async Task<RedisResult[]> EvaluateBySlotAsync(IDatabase redis, List<EqualOperations> operations)
    {
        var slots = operations.ConvertAll(operation => redis.Multiplexer.HashSlot(operation.First.Key));
        if (slots.TrueForAll(slot => slot == slots[0])) // always so on a single server, where it is a constant
            return await EvaluateAsync(redis, operations);

        var replies = new RedisResult[operations.Count];
        await Task.WhenAll(Enumerable.Range(0, operations.Count).GroupBy(index => slots[index]).Select(async slot =>
        {
            var indexes = slot.ToArray();
            var answered = await EvaluateAsync(redis, [.. indexes.Select(index => operations[index])]);
            for (var index = 0; index < indexes.Length; index++)
                replies[indexes[index]] = answered[index];
        }));
        return replies;
    }

    private static string ScriptOf(List<RedisOperationKind> kinds)
    {
        var script = new StringBuilder("local kinds = {\n");
        foreach (var kind in kinds)
            script.Append(CultureInfo.InvariantCulture, $"function(key, argument, times)\n{kind.Lua}\nend,\n");
        return script.Append(
            """
            }
            local replies = {}
            for i = 1, #KEYS do
                replies[i] = kinds[tonumber(ARGV[3 * i - 2])](KEYS[i], ARGV[3 * i - 1], ARGV[3 * i])
            end
            return replies
            """).ToString();
    }

    private readonly record struct WaitingRequest(RedisOperation[] Operations, long Since);

    /// <summary>Operations of one kind on one key. They share its reply, and each knows how many came after it.</summary>
    private sealed class EqualOperations
    {
        private readonly List<RedisOperation> _operations = [];

        public RedisOperation First => _operations[0];

        public int Count => _operations.Count;

        public void Add(RedisOperation operation) => _operations.Add(operation);

        public void Answer(RedisResult reply)
        {
            for (var index = 0; index < _operations.Count; index++)
            {
                _operations[index].Followers = _operations.Count - 1 - index;
                _operations[index].Reply = reply;
            }
        }
    }
}
