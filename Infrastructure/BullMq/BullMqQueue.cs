using System.Text.Json;
using System.Text.RegularExpressions;
using Consultation.Infrastructure.Redis;
using StackExchange.Redis;

namespace Consultation.Infrastructure.BullMq;

/// <summary>
/// Adds standard jobs to a BullMQ queue, in the layout that bullmq 5 and 6 share (read from 5.81.5 and 6.7.0), and withdraws jobs that were
/// not added yet. The layout is no public API of BullMQ: a contract test with stock workers of both guards it.
/// </summary>
internal sealed partial class BullMqQueue : IAsyncDisposable
{
    /// <summary>
    /// How long a dedup key stays taken on the queue. Whoever may send a job again has to know for longer that it was sent.
    /// </summary>
    public static readonly TimeSpan GuardLifetime = TimeSpan.FromDays(30);

    private const string ClusterFault =
        "The notifications queue's Redis is a cluster, which keeps a queue together only by a hash tag: set CONSULTATION_NOTIFICATIONS_PREFIX to one, like {bull}.";

    /// <summary>What each job is told; what an operator has to change is told once.</summary>
    private const string ClusterRefusal = "The queue's Redis is a cluster, and the prefix of the queue's keys is no hash tag like {bull}.";

    private static readonly RedisValue GuardMilliseconds = (long)GuardLifetime.TotalMilliseconds;

    private readonly Lazy<Task<ConnectionMultiplexer>> _connection;
    private readonly TimeProvider _time;
    private readonly string _prefix;
    private readonly RedisKey[] _keys;
    private readonly bool _hasHashTag;

    public BullMqQueue(QueueOptions options, TimeProvider time)
    {
        _time = time;
        _prefix = $"{options.Prefix}:{options.Name}:";
        _hasHashTag = HashTag().IsMatch(_prefix);
        _keys = Array.ConvertAll<string, RedisKey>(["id", "meta", "wait", "paused", "active", "marker", "events"], key => _prefix + key);

        var redis = RedisAddress.Parse(options.ConnectionString);
        redis.ClientName = "consultation-notifications";
        redis.AllowAdmin = true; // INFO counts as that
        redis.AbortOnConnectFail = false;
        redis.BacklogPolicy = BacklogPolicy.FailFast;
        redis.ConnectRetry = 1;
        redis.ConnectTimeout = 2_000;
        redis.AsyncTimeout = 2_000;
        redis.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
        redis.ReconnectRetryPolicy = new LinearRetry(500);
        _connection = new(() => ConnectionMultiplexer.ConnectAsync(redis));
    }

    /// <summary>
    /// Starts to connect, and goes on trying for as long as the process lives; <paramref name="restored"/> is called at each success after
    /// a loss.
    /// </summary>
    public async Task ConnectAsync(Action restored) =>
        (await _connection.Value).ConnectionRestored += (_, _) => restored();

    /// <summary>One trip for all of them, and an answer for each, in their order; at most about 2 s, or the time of one connect.</summary>
    public async Task<QueueAnswer[]> AddAsync(IReadOnlyList<QueueJob> jobs)
    {
        var keys = new RedisKey[_keys.Length + jobs.Count];
        var values = new RedisValue[3 + (4 * jobs.Count)];
        _keys.CopyTo(keys, 0);
        (values[0], values[1], values[2]) = (_prefix, GuardMilliseconds, _time.GetUtcNow().ToUnixTimeMilliseconds());
        for (var i = 0; i < jobs.Count; i++)
        {
            var (job, at) = (jobs[i], 3 + (4 * i));
            keys[_keys.Length + i] = GuardOf(job.DedupKey);
            (values[at], values[at + 1], values[at + 2]) = (job.DedupKey, job.Name, job.Data);
            values[at + 3] = JsonSerializer.Serialize(JobOptions.For(job.DedupKey), JobOptionsJson.Readable.JobOptions);
        }

        try
        {
            var answers = (string[])(await (await DatabaseAsync()).ScriptEvaluateAsync(QueueScripts.Add, keys, values))!;
            return Array.ConvertAll(answers, answer => answer.StartsWith(QueueScripts.Refused, StringComparison.Ordinal) ? AnswerOf(answer[QueueScripts.Refused.Length..]) : OwnedBy(answer));
        }
        catch (Exception e) when (IsFailure(e))
        {
            var failure = AnswerOf(e);
            return [.. jobs.Select(_ => failure)];
        }
    }

    /// <summary>
    /// Asks for a job never to be added, by this process or any other, whatever they still hold in memory. <see cref="QueueState.Queued"/>
    /// when that comes too late; asking again gives the same answer.
    /// </summary>
    public async Task<QueueAnswer> WithdrawAsync(string dedupKey)
    {
        try
        {
            return OwnedBy((string)(await (await DatabaseAsync()).ScriptEvaluateAsync(QueueScripts.Withdraw, [GuardOf(dedupKey)], [_prefix, GuardMilliseconds]))!);
        }
        catch (Exception e) when (IsFailure(e))
        {
            return AnswerOf(e);
        }
    }

    /// <summary>
    /// Asks by the write that every producer makes and that changes nothing once made: a queue that is full or read-only answers a ping.
    /// </summary>
    public async Task<bool> TakesJobsAsync()
    {
        try
        {
            await (await DatabaseAsync()).HashSetAsync(_prefix + "meta", "opts.maxLenEvents", "10000", When.NotExists);
            return _hasHashTag || await FindFaultAsync() != ClusterFault;
        }
        catch (Exception e) when (IsFailure(e))
        {
            return AnswerOf(e).State != QueueState.Away;
        }
    }

    /// <summary>
    /// What about the queue's Redis loses or refuses jobs until an operator changes it, in words that say what to change; null when there
    /// is nothing, or when Redis does not tell.
    /// </summary>
    public async Task<string?> FindFaultAsync()
    {
        try
        {
            foreach (var server in (await _connection.Value).GetServers().Where(server => server is { IsConnected: true, IsReplica: false }))
            {
                var info = (await server.InfoAsync()).SelectMany(section => section).ToLookup(line => line.Key, line => line.Value);
                if (!_hasHashTag && info["redis_mode"].Contains("cluster"))
                    return ClusterFault;
                if (info["maxmemory_policy"].FirstOrDefault(policy => policy != "noeviction") is { } evicting)
                    return $"The notifications queue's Redis may evict jobs (maxmemory-policy is {evicting}): set maxmemory-policy to noeviction.";
            }
            return null;
        }
        catch (Exception e) when (IsFailure(e))
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection.IsValueCreated)
            await (await _connection.Value).CloseAsync(allowCommandsToComplete: false); // who waited for one has its answer; a Redis that hangs would keep us
    }

    /// <summary>
    /// A script whose keys lie in different slots of a cluster is refused, mostly before it is sent and then by an exception of its own.
    /// </summary>
    private static bool IsFailure(Exception exception) => exception is RedisException or RedisTimeoutException or RedisCommandException;

    private static QueueAnswer OwnedBy(string owner) => new(owner == QueueScripts.Tombstone ? QueueState.Withdrawn : QueueState.Queued);

    private static QueueAnswer AnswerOf(Exception exception) => exception switch
    {
        RedisTimeoutException => new(QueueState.Away, "The queue did not answer in time."),
        RedisCommandException => new(QueueState.Away, ClusterRefusal),
        RedisServerException refused => AnswerOf(refused.Message),
        _ => new(QueueState.Away, "The queue cannot be reached."),
    };

    /// <summary>Of an error the first word only: the rest may quote arguments.</summary>
    private static QueueAnswer AnswerOf(string error) => error.Split(' ', 2)[0] switch
    {
        "CROSSSLOT" => new(QueueState.Away, ClusterRefusal),
        var code => new(IsOfTheServer(code) ? QueueState.Away : QueueState.Refused, $"The queue refused the job: {code}."),
    };

    private static bool IsOfTheServer(string code) => code is
        "OOM" or "READONLY" or "MISCONF" or "NOREPLICAS" or "LOADING" or "BUSY" or "MASTERDOWN" or "CLUSTERDOWN" or "NOAUTH" or "NOPERM";

    private RedisKey GuardOf(string dedupKey) => $"{_prefix}de:{dedupKey}";

    private async Task<IDatabase> DatabaseAsync() => (await _connection.Value).GetDatabase();

    [GeneratedRegex(@"\A[^{]*\{[^}]+\}")]
    private static partial Regex HashTag();
}
