namespace Consultation.Infrastructure.BullMq;

/// <summary>
/// What the queue's Redis does in one step. Numbers are written as integers, also where Lua would print 1.0 (Garnet's 5.4).
/// </summary>
internal static class QueueScripts
{
    /// <summary>The owner of a guard that was claimed so that its job is never added. No job has such an id.</summary>
    public const string Tombstone = "withdrawn";

    /// <summary>Begins the answer for a job that was refused; Redis's error follows.</summary>
    public const string Refused = "!";

    /// <summary>
    /// Adds jobs, each all or nothing. A script that fails half-way is not rolled back, hence the order: what may fail is read first, the
    /// dedup guard is claimed only for a job that is on its list, and events, which are news and no state, come last and may fail. Answers
    /// for each job with the id of the job that holds its guard, with the tombstone, or with an error.
    /// </summary>
    public const string Add = $$"""
        -- KEYS: id, meta, wait, paused, active, marker, events, then a guard for each job
        -- ARGV: key prefix, the guards' time to live in ms, timestamp in unix ms, then for each job: deduplication id, name, data, opts
        local maxEvents = redis.call('HGET', KEYS[2], 'opts.maxLenEvents')
        if not maxEvents then
            maxEvents = '10000'
            redis.call('HSET', KEYS[2], 'opts.maxLenEvents', maxEvents)
        end

        local function emit(...)
            redis.pcall('XADD', KEYS[7], 'MAXLEN', '~', maxEvents, '*', 'event', ...)
        end

        -- While paused, BullMQ 5 keeps new jobs on a list of their own, which its resume renames; 6 has just the one list.
        local meta = redis.call('HMGET', KEYS[2], 'paused', 'concurrency', 'version')
        local paused = meta[1]
        local major = tonumber(string.match(meta[3] or '', ':(%d+)%.') or '5')
        local list = (paused and major < 6) and KEYS[4] or KEYS[3]
        local maxed = meta[2] and redis.call('LLEN', KEYS[5]) >= tonumber(meta[2])

        local function add(guard, at)
            local id = string.format('%d', redis.call('INCR', KEYS[1]))
            local owner = redis.pcall('GET', guard)
            if type(owner) == 'table' and owner.err then
                return '{{Refused}}' .. owner.err
            end
            if owner == '{{Tombstone}}' then
                return owner
            end
            -- A guard that never expires and whose job is gone is a left-over, as BullMQ 6 has it.
            if owner and not (redis.call('PTTL', guard) == -1 and redis.call('EXISTS', ARGV[1] .. owner) == 0) then
                emit('deduplicated', 'jobId', owner, 'deduplicationId', ARGV[at], 'deduplicatedJobId', id)
                return owner
            end

            local job = ARGV[1] .. id
            redis.call('HSET', job, 'name', ARGV[at + 1], 'data', ARGV[at + 2], 'opts', ARGV[at + 3], 'timestamp', ARGV[3],
                'delay', '0', 'priority', '0', 'deid', ARGV[at])
            local pushed = redis.pcall('LPUSH', list, id)
            if type(pushed) == 'table' and pushed.err then
                redis.call('DEL', job)
                return '{{Refused}}' .. pushed.err
            end
            redis.call('SET', guard, id, 'PX', ARGV[2])
            if not paused and not maxed then
                redis.call('ZADD', KEYS[6], '0', '0')
            end
            emit('added', 'jobId', id, 'name', ARGV[at + 1])
            emit('waiting', 'jobId', id)
            return id
        end

        local answers = {}
        for i = 8, #KEYS do
            answers[i - 7] = add(KEYS[i], 4 * (i - 7))
        end
        return answers
        """;

    /// <summary>Claims a job's guard for nobody, unless a job has it. Answers with the owner.</summary>
    public const string Withdraw = $"""
        -- KEYS: guard
        -- ARGV: key prefix, the guard's time to live in ms
        local owner = redis.call('GET', KEYS[1])
        if owner and not (redis.call('PTTL', KEYS[1]) == -1 and redis.call('EXISTS', ARGV[1] .. owner) == 0) then
            return owner
        end
        redis.call('SET', KEYS[1], '{Tombstone}', 'PX', ARGV[2])
        return '{Tombstone}'
        """;
}
