using Consultation.Infrastructure.Database;

namespace Consultation.Infrastructure.Outbox;

internal sealed class OutboxSql(OutboxDefinition outbox)
{
    public const string TryRetentionLock = "select pg_try_advisory_xact_lock(@key)";

    /// <summary>
    /// Rows that are due, put off until this replica has had time to send and to mark them; rows that another one is about to take are
    /// passed over. No lock outlives the statement, so whoever ends what a row is about meanwhile does not wait for the queue. A row that
    /// follows one whose fate is open is not due.
    /// </summary>
    public string Take { get; } = $"""
        with due as materialized (
            update {outbox.Table} o
            set next_attempt_at = @until
            from (
                select id
                from {outbox.Table}
                where queued_at is null and follows is null and next_attempt_at <= @now
                order by next_attempt_at, id
                limit @limit
                for update skip locked) picked
            where o.id = picked.id
            returning o.*
        )
        select due.id, due.job, due.dedup_key, due.attempts, due.withdrawn_at is not null as withdrawn, {outbox.Columns}
        from due
        {outbox.Joins}
        order by due.id
        """;

    /// <summary>
    /// One statement for many tries: a row without an error is queued, the others are due again later. It waits for nobody: a row that
    /// somebody else holds stays as it is and is sent again, for the queue's guard to refuse. One that was withdrawn meanwhile is left to
    /// <see cref="Sent"/> and
    /// <see cref="Gone"/>.
    /// </summary>
    public string Mark { get; } = $"""
        {Queries.ByIndexOnly};

        with tried as materialized (
            select *
            from unnest(@keys, @errors, @nextAttempts) as t (dedup_key, error, next_attempt_at)
        ), held as materialized (
            select o.id, tried.error, tried.next_attempt_at
            from tried
            join {outbox.Table} o on o.dedup_key = tried.dedup_key
            where o.queued_at is null and o.withdrawn_at is null
            for update of o skip locked
        )
        update {outbox.Table} o
        set attempts = o.attempts + 1,
            last_error = held.error,
            queued_at = case when held.error is null then @now end,
            next_attempt_at = case when held.error is null then o.next_attempt_at else held.next_attempt_at end
        from held
        where o.id = held.id
        """;

    /// <summary>Withdrawn rows whose jobs the queue has all the same: they are queued, and what follows them is due.</summary>
    public string Sent { get; } = $"""
        with sent as (
            update {outbox.Table}
            set attempts = attempts + 1, last_error = null, queued_at = @now
            where id = any(@ids) and queued_at is null
            returning dedup_key
        )
        update {outbox.Table} o
        set follows = null, next_attempt_at = @now
        from sent
        where o.follows = sent.dedup_key
        """;

    /// <summary>Withdrawn rows whose jobs nobody can send any more: they go, and with them what follows them.</summary>
    public string Gone { get; } = $"""
        with gone as (
            delete from {outbox.Table} where id = any(@ids) and queued_at is null returning dedup_key
        )
        delete from {outbox.Table} o using gone where o.follows = gone.dedup_key
        """;

    /// <summary>Withdrawn rows of which the queue did not say whether it has their jobs.</summary>
    public string PutOff { get; } = $"""
        update {outbox.Table} o
        set attempts = o.attempts + 1, last_error = tried.error, next_attempt_at = tried.next_attempt_at
        from unnest(@ids, @errors, @nextAttempts) as tried (id, error, next_attempt_at)
        where o.id = tried.id and o.queued_at is null
        """;

    /// <summary>After an outage of the queue: what waits for a later try goes out now.</summary>
    public string PullForward { get; } = $"""
        update {outbox.Table}
        set next_attempt_at = @now
        where id in (
            select id from {outbox.Table} where queued_at is null and next_attempt_at > @now for update skip locked)
        """;

    public string Read { get; } = $"""
        select count(*) as "Depth", min(created_at) as "Oldest" from {outbox.Table} where queued_at is null
        """;

    public string RemoveOld { get; } = $"""
        delete from {outbox.Table}
        where id in (select id from {outbox.Table} where queued_at < @before order by queued_at limit @limit)
        """;
}
