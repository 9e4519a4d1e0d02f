using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Time;
using Dapper;
using NodaTime;
using Npgsql;

namespace Consultation.Features;

/// <summary>
/// Keeps the day that is stored with a slot what it is in the shop's zone, when the service starts with another zone or with other rules for it. Only then
/// (date, start) tells whether an instant is taken. A start that finds the zone it left costs one query.
/// </summary>
internal sealed partial class StoredDays(ShopOptions shop, ILogger<StoredDays> logger)
{
    private const string CountedInSql = "select time_zone, rules from consultation_zone";

    /// <summary>One replica does it; the others wait and then find it done.</summary>
    private const string LockSql = "set local statement_timeout = 0; lock table consultation_zone in exclusive mode";

    private const string RangeSql = """
        select min(start_time) as first, max(start_time) as last
        from (select start_time from consultation_slot union all select start_time from consultation_cancelled_booking) starts
        """;

    /// <summary>
    /// The zone's rules come as stretches of time with one offset each, for PostgreSQL's own may be older. Where two slots have the same start
    /// (made before zones were followed), only one can have its day, and the other keeps what it has.
    /// </summary>
    private const string RewriteSql = """
        with moved as materialized (
            select s.id, s.start_time, ((s.start_time at time zone 'UTC') + make_interval(secs => stretch.seconds))::date as day
            from unnest(@Starts::timestamptz[], @Ends::timestamptz[], @Offsets::integer[]) as stretch (from_time, to_time, seconds)
            join consultation_slot s on s.start_time >= stretch.from_time and s.start_time < stretch.to_time
            where s.date <> ((s.start_time at time zone 'UTC') + make_interval(secs => stretch.seconds))::date
        ),
        rewritten as (
            update consultation_slot s set date = moved.day
            from moved
            where s.id = moved.id and not exists (
                select from consultation_slot other
                where other.start_time = moved.start_time and other.id <> moved.id and (other.id < moved.id or other.date = moved.day))
            returning s.id
        ),
        cancelled as (
            update consultation_cancelled_booking c set date = ((c.start_time at time zone 'UTC') + make_interval(secs => stretch.seconds))::date
            from unnest(@Starts::timestamptz[], @Ends::timestamptz[], @Offsets::integer[]) as stretch (from_time, to_time, seconds)
            where c.start_time >= stretch.from_time and c.start_time < stretch.to_time
                and c.date <> ((c.start_time at time zone 'UTC') + make_interval(secs => stretch.seconds))::date
        )
        select (select count(*) from rewritten) as rewritten, (select count(*) from moved) - (select count(*) from rewritten) as left_alone
        """;

    private const string RememberSql = """
        insert into consultation_zone (time_zone, rules) values (@TimeZone, @Rules)
        on conflict (only_row) do update set time_zone = excluded.time_zone, rules = excluded.rules
        """;

    public async Task FollowZoneAsync(NpgsqlConnection db, CancellationToken cancellationToken)
    {
        var now = new CountedIn { TimeZone = shop.TimeZone.Id, Rules = TimeZones.RulesVersion };
        if (await db.QuerySingleOrDefaultAsync<CountedIn>(Queries.Command(CountedInSql, null, cancellationToken)) == now)
            return;

        await using var transaction = await db.BeginTransactionAsync(cancellationToken);
        await db.ExecuteAsync(Queries.Command(LockSql, null, cancellationToken, transaction));
        var before = await db.QuerySingleOrDefaultAsync<CountedIn>(Queries.Command(CountedInSql, null, cancellationToken, transaction));
        if (before == now)
            return;
        var done = await RewriteAsync(db, transaction, cancellationToken);
        await db.ExecuteAsync(Queries.Command(RememberSql, now, cancellationToken, transaction));
        await transaction.CommitAsync(cancellationToken);
        if (done.Rewritten + done.LeftAlone > 0 || (before is not null && before.TimeZone != now.TimeZone))
            Followed(now.TimeZone, before?.TimeZone ?? "an unknown zone", done.Rewritten, done.LeftAlone);
    }

    private async Task<Done> RewriteAsync(NpgsqlConnection db, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var range = await db.QuerySingleAsync<Range>(Queries.Command(RangeSql, null, cancellationToken, transaction));
        if (range.First is not { } first || range.Last is not { } last)
            return new Done();
        var (from, to) = (Instant.FromDateTimeUtc(first), Instant.FromDateTimeUtc(last) + Duration.FromSeconds(1));
        var stretches = shop.TimeZone.GetZoneIntervals(from, to).ToList();
        return await db.QuerySingleAsync<Done>(Queries.Command(
            RewriteSql,
            new
            {
                Starts = stretches.Select(stretch => (stretch.HasStart ? Instant.Max(stretch.Start, from) : from).ToDateTimeOffset()).ToArray(),
                Ends = stretches.Select(stretch => (stretch.HasEnd ? Instant.Min(stretch.End, to) : to).ToDateTimeOffset()).ToArray(),
                Offsets = stretches.Select(stretch => stretch.WallOffset.Seconds).ToArray(),
            },
            cancellationToken,
            transaction));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The days of the slots are counted in {Zone} from now on, before in {Before}: {Rewritten} rewritten, {LeftAlone} kept, since another slot has the same start")]
    private partial void Followed(string zone, string before, long rewritten, long leftAlone);

    private sealed record CountedIn
    {
        public required string TimeZone { get; init; }
        public required string Rules { get; init; }
    }

    private sealed record Range
    {
        public DateTime? First { get; init; }
        public DateTime? Last { get; init; }
    }

    private sealed record Done
    {
        public long Rewritten { get; init; }
        public long LeftAlone { get; init; }
    }
}
