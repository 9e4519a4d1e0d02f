using Consultation.Features.BookingNotifications;
using Consultation.Infrastructure.Database;

namespace Consultation.Features.BookSlot;

internal static class BookSlotSql
{
    /// <summary>
    /// Decides and books many requests in one statement, and so in one transaction and one round trip. Gives a row for each request
    /// (<c>n</c> counts them from 1) unless neither the slot nor a booking of its key exists; its verdict is a <see cref="Verdict"/>.
    /// <list type="bullet">
    /// <item>Requests for slots that look open take turns: the first of each slot and of each key goes, the others are told <c>outrun</c>
    /// and ask again, when they will see what became of it.</item>
    /// <item>The lock keeps deactivation, moves and deletion out until the booking is committed. It is taken only for slots that look open,
    /// which keeps the many refusals on a popular slot free of writes, and never waited for: who finds a slot locked, changed or booked by
    /// now, or its key bound, is told <c>raced</c> and asks alone, so that one slot that somebody holds delays nobody else. So batches
    /// cannot wait for slots in a circle; for keys, the unique index makes them wait in the order of keys, in which they insert.</item>
    /// <item>What is looked up by request is written as a subquery for each, so that with <see cref="Queries.ByIndexOnly"/> before it no
    /// plan reads a whole table.</item>
    /// </list>
    /// </summary>
    public const string BookTogether = Before + "skip locked" + After;

    /// <summary>
    /// The same for one request alone, which waits for the lock. It is <c>raced</c> when the slot or the key has changed since the
    /// statement began.
    /// </summary>
    public const string BookAlone = Before + After;

    private const string Before = """
        with asked as materialized (
            select *
            from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
                with ordinality as a (slot_id, customer_id, name, email, phone, message, caller, key, access_key, n)
        ), prior as materialized (
            select a.n, b.id, b.slot_id, b.created_at, b.access_key,
                (b.slot_id, b.name, b.email, b.phone) = (a.slot_id, a.name, a.email, a.phone) and b.message is not distinct from a.message as same
            from asked a
            cross join lateral (
                select * from consultation_booking b where b.idempotency_caller = a.caller and b.idempotency_key = a.key limit 1) b
        ), seen as materialized (
            select a.n, a.caller, a.key, s.id as slot_id, s.start_time,
                case when not s.is_active then 'inactive'
                     when s.start_time <= $10 then 'past'
                     when (select b.id from consultation_booking b where b.slot_id = s.id) is not null then 'taken'
                     else 'open' end as state
            from asked a
            cross join lateral (select * from consultation_slot s where s.id = a.slot_id limit 1) s
            where a.n not in (select n from prior)
        ), turn as materialized (
            select n, slot_id
            from (
                select n, slot_id,
                    row_number() over (partition by slot_id order by n) as nth_of_slot,
                    case when key is null then 1 else row_number() over (partition by caller, key order by n) end as nth_of_key
                from seen
                where state = 'open') ranked
            where nth_of_slot = 1 and nth_of_key = 1
        ), slot as materialized (
            select turn.n, s.*
            from (select * from turn order by slot_id) turn
            cross join lateral (
                select id, date, start_time, end_time
                from consultation_slot s
                where s.id = turn.slot_id and s.is_active and s.start_time > $10
                for no key update 
        """;

    private const string After = $"""
            ) s
        ), booking as (
            insert into consultation_booking
                (slot_id, customer_id, name, email, phone, message, idempotency_caller, idempotency_key, access_key, created_at, updated_at)
            select slot.id, a.customer_id, a.name, a.email, a.phone, a.message, a.caller, a.key, a.access_key, $10, $10
            from slot
            join asked a on a.n = slot.n
            order by a.caller, a.key
            on conflict do nothing
            returning id, slot_id, customer_id, created_at
        ), jobs as (
            {BookingNotificationsSql.OweConfirmations}
        ), offered as (
            select refused.slot_id, array_agg(s.id order by s.start_time, s.id) as ids, array_agg(s.date order by s.start_time, s.id) as dates,
                array_agg(s.start_time order by s.start_time, s.id) as starts, array_agg(s.end_time order by s.start_time, s.id) as ends
            from (select distinct slot_id, start_time from seen where state <> 'open') refused
            cross join lateral (
                select s.id, s.date, s.start_time, s.end_time
                from consultation_slot s
                where s.start_time >= refused.start_time
                  and s.start_time > $10
                  and s.is_active
                  and s.id <> refused.slot_id
                  and (select b.id from consultation_booking b where b.slot_id = s.id) is null
                order by s.start_time, s.id
                limit $11) s
            group by refused.slot_id
        )
        select slot.n, 'booked' as verdict, booking.id, booking.created_at, null as access_key, slot.date, slot.start_time, slot.end_time,
            null::bigint[] as ids, null::date[] as dates, null::timestamptz[] as starts, null::timestamptz[] as ends
        from booking
        join slot on slot.id = booking.slot_id
        union all
        select prior.n, case when prior.same then 'replayed' else 'reused' end, prior.id, prior.created_at, prior.access_key, s.date, s.start_time, s.end_time,
            null, null, null, null
        from prior
        cross join lateral (select * from consultation_slot s where s.id = prior.slot_id limit 1) s
        union all
        select seen.n, case when seen.state <> 'open' then seen.state when turn.n is null then 'outrun' else 'raced' end, null, null, null, null, null, null,
            offered.ids, offered.dates, offered.starts, offered.ends
        from seen
        left join turn on turn.n = seen.n
        left join offered on offered.slot_id = seen.slot_id
        where seen.n not in (select slot.n from slot join booking on booking.slot_id = slot.id)
        """;
}
