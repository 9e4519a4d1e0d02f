using System.Text.Json;
using Consultation.Infrastructure.Outbox;
using Consultation.Infrastructure.Redis;
using StackExchange.Redis;

namespace Consultation.Infrastructure.BullMq;

/// <summary>Why a job did not reach the queue, free of personal data; <paramref name="QueueAway"/> when no other job would have either.</summary>
internal sealed record EnqueueFailure(string Error, bool QueueAway);

/// <summary>
/// Adds standard jobs to a BullMQ queue, in the layout that bullmq 5 and 6 share (read from 5.81.5 and 6.7.0). The layout is no public API of
/// BullMQ: a contract test with stock workers of both guards it.
/// </summary>
internal sealed class BullMqQueue : IAsyncDisposable
{
    /// <summary>
    /// How long a dedup key stays taken on the queue; outbox rows, the authority, are kept longer (<see cref="OutboxRetention"/>).
    /// </summary>
    public static readonly TimeSpan GuardLifetime = TimeSpan.FromDays(30);

    /// <summary>
    /// One job, all or nothing. A script that fails half-way is not rolled back, hence the order: what may fail is read first, the dedup
    /// guard is claimed only for a job that is on its list, and events, which are news and no state, come last and may fail.
    /// Numbers are written as integers, also where Lua would print 1.0 (Garnet's 5.4).
    /// </summary>
    private const string AddScript = """
        -- KEYS: id, meta, wait, paused, active, marker, events, guard
        -- ARGV: key prefix, deduplication id, the guard's time to live in ms, name, data, opts, timestamp in unix ms
        local id = string.format('%d', redis.call('INCR', KEYS[1]))
        local maxEvents = redis.call('HGET', KEYS[2], 'opts.maxLenEvents')
        if not maxEvents then
            maxEvents = '10000'
            redis.call('HSET', KEYS[2], 'opts.maxLenEvents', maxEvents)
        end

        local function emit(...)
            redis.pcall('XADD', KEYS[7], 'MAXLEN', '~', maxEvents, '*', 'event', ...)
        end

        -- A guard that never expires and whose job is gone is a left-over, as BullMQ 6 has it.
        local owner = redis.call('GET', KEYS[8])
        if owner and not (redis.call('PTTL', KEYS[8]) == -1 and redis.call('EXISTS', ARGV[1] .. owner) == 0) then
            emit('deduplicated', 'jobId', owner, 'deduplicationId', ARGV[2], 'deduplicatedJobId', id)
            return owner
        end

        -- While paused, BullMQ 5 keeps new jobs on a list of their own, which its resume renames; 6 has just the one list.
        local meta = redis.call('HMGET', KEYS[2], 'paused', 'concurrency', 'version')
        local paused = meta[1]
        local major = tonumber(string.match(meta[3] or '', ':(%d+)%.') or '5')
        local list = (paused and major < 6) and KEYS[4] or KEYS[3]
        local maxed = meta[2] and redis.call('LLEN', KEYS[5]) >= tonumber(meta[2])

        local job = ARGV[1] .. id
        redis.call('HSET', job, 'name', ARGV[4], 'data', ARGV[5], 'opts', ARGV[6], 'timestamp', ARGV[7],
            'delay', '0', 'priority', '0', 'deid', ARGV[2])
        local pushed = redis.pcall('LPUSH', list, id)
        if type(pushed) == 'table' and pushed.err then
            redis.call('DEL', job)
            return pushed
        end
        redis.call('SET', KEYS[8], id, 'PX', ARGV[3])
        if not paused and not maxed then
            redis.call('ZADD', KEYS[6], '0', '0')
        end

        emit('added', 'jobId', id, 'name', ARGV[4])
        emit('waiting', 'jobId', id)
        return id
        """;

    private readonly Lazy<Task<ConnectionMultiplexer>> _connection;
    private readonly TimeProvider _time;
    private readonly string _prefix;
    private readonly RedisKey[] _keys;

    public BullMqQueue(QueueOptions options, TimeProvider time)
    {
        _time = time;
        _prefix = $"{options.Prefix}:{options.Name}:";
        _keys = Array.ConvertAll<string, RedisKey>(["id", "meta", "wait", "paused", "active", "marker", "events"], key => _prefix + key);

        var redis = RedisAddress.Parse(options.ConnectionString);
        redis.ClientName = "consultation-notifications";
        redis.AbortOnConnectFail = false;
        redis.BacklogPolicy = BacklogPolicy.FailFast;
        redis.ConnectRetry = 1;
        redis.ConnectTimeout = 2_000;
        redis.AsyncTimeout = 2_000;
        redis.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
        redis.ReconnectRetryPolicy = new LinearRetry(500);
        _connection = new(() => ConnectionMultiplexer.ConnectAsync(redis));
    }

    /// <summary>Starts to connect, and goes on trying for as long as the process lives; <paramref name="restored"/> is called at each success after a loss.</summary>
    public async Task ConnectAsync(Action restored) =>
        (await _connection.Value).ConnectionRestored += (_, _) => restored();

    /// <summary>Null when the job is on the queue, now or since an earlier try; at most about 2 s, or the time of one connect.</summary>
    public async Task<EnqueueFailure?> AddAsync(NotificationJob job)
    {
        RedisKey[] keys = [.. _keys, $"{_prefix}de:{job.DedupKey}"];
        RedisValue[] values =
        [
            _prefix,
            job.DedupKey,
            (long)GuardLifetime.TotalMilliseconds,
            job.Name,
            job.Data,
            JsonSerializer.Serialize(JobOptions.For(job.DedupKey), JobJson.Readable.JobOptions),
            _time.GetUtcNow().ToUnixTimeMilliseconds(),
        ];

        try
        {
            await (await DatabaseAsync()).ScriptEvaluateAsync(AddScript, keys, values);
            return null;
        }
        catch (Exception e) when (e is RedisException or RedisTimeoutException)
        {
            return FailureOf(e);
        }
    }

    /// <summary>Asks by the write that every producer makes and that changes nothing once made: a queue that is full or read-only answers a ping.</summary>
    public async Task<bool> TakesJobsAsync()
    {
        try
        {
            await (await DatabaseAsync()).HashSetAsync(_prefix + "meta", "opts.maxLenEvents", "10000", When.NotExists);
            return true;
        }
        catch (Exception e) when (e is RedisException or RedisTimeoutException)
        {
            return !FailureOf(e).QueueAway;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection.IsValueCreated)
            await (await _connection.Value).CloseAsync(allowCommandsToComplete: false); // who waited for one has its answer; a Redis that hangs would keep us
    }

    private static EnqueueFailure FailureOf(Exception exception)
    {
        if (exception is RedisTimeoutException)
            return new EnqueueFailure("The queue did not answer in time.", QueueAway: true);
        if (exception is not RedisServerException)
            return new EnqueueFailure("The queue cannot be reached.", QueueAway: true);

        // The first word only: the rest may quote arguments.
        var code = exception.Message.Split(' ', 2)[0];
        return new EnqueueFailure(
            $"The queue refused the job: {code}.",
            code is "OOM" or "READONLY" or "MISCONF" or "NOREPLICAS" or "LOADING" or "BUSY" or "MASTERDOWN" or "CLUSTERDOWN" or "NOAUTH" or "NOPERM");
    }

    private async Task<IDatabase> DatabaseAsync() => (await _connection.Value).GetDatabase();
}
