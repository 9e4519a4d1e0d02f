using System.Runtime.CompilerServices;
using Consultation.Infrastructure.Database;
using Dapper;

namespace Consultation.Infrastructure.Paging;

/// <summary>
/// A list as SQL: the columns of a row, where rows come from, and the instant and id that order them, both upwards or both downwards.
/// </summary>
internal sealed record ListSql(string Columns, string From, string Instant, string Id, bool NewestFirst);

/// <summary>
/// One list with the filters that were asked for, and how to read its rows. Only conditions that were asked for are in the statement, so that
/// PostgreSQL plans each combination by itself; <paramref name="Parameters"/> are theirs.
/// </summary>
internal sealed record Listing<T>(
    ListSql Sql, IEnumerable<string> Conditions, object Parameters, Func<SqlMapper.GridReader, IEnumerable<T>> Read, Func<T, (DateTimeOffset Instant, long Id)> PositionOf);

internal static class Paging
{
    /// <summary>What one statement of an export reads.</summary>
    private const int ExportRows = 2_000;

    /// <summary>The count, as far as it goes, and the page in one round trip.</summary>
    public static Task<Paged<T>> QueryPageAsync<T>(this Postgres postgres, PagedQuery<T> query, Listing<T> listing, CancellationToken cancellationToken)
    {
        var limit = query.Limit ?? PagedQuery<T>.DefaultLimit;
        var page = query.After is null ? query.Page ?? 1 : (int?)null;
        var parameters = new DynamicParameters(listing.Parameters);
        parameters.Add("CountLimit", PagedQuery<T>.Deepest + 1);
        var sql = $"""
            select count(*) from (select from {listing.Sql.From} {Where(listing.Conditions)} limit @CountLimit) as counted;
            {PageSql(listing, query.After, parameters, offset: ((page ?? 1) - 1) * limit, limit + 1)};
            """;
        return postgres.QueryMultipleAsync(
            sql,
            parameters,
            async results =>
            {
                var counted = await results.ReadSingleAsync<long>();
                var rows = listing.Read(results).AsList();
                var items = rows.Count > limit ? rows.GetRange(0, limit) : rows;
                var next = rows.Count > limit && listing.PositionOf(items[^1]) is var last
                    ? new PageCursor(last.Instant, last.Id, query.Filters()).ToString()
                    : null;
                return new Paged<T>(items, page, limit, Math.Min(counted, PagedQuery<T>.Deepest), counted > PagedQuery<T>.Deepest, next);
            },
            cancellationToken);
    }

    /// <summary>
    /// All rows of a list, a few thousand in memory at a time, each statement within the bounds of one. A row that stands still is neither missed nor
    /// repeated, whatever is written meanwhile.
    /// </summary>
    public static async IAsyncEnumerable<T> QueryAllAsync<T>(
        this Postgres postgres, Listing<T> listing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PageCursor? after = null;
        IReadOnlyList<T> rows;
        do
        {
            var parameters = new DynamicParameters(listing.Parameters);
            var sql = PageSql(listing, after, parameters, offset: 0, ExportRows);
            rows = await postgres.QueryMultipleAsync(sql, parameters, results => Task.FromResult(listing.Read(results).AsList()), cancellationToken);
            foreach (var row in rows)
                yield return row;
            if (rows.Count > 0 && listing.PositionOf(rows[^1]) is var last)
                after = new PageCursor(last.Instant, last.Id, Filters: 0);
        }
        while (rows.Count == ExportRows);
    }

    private static string PageSql<T>(Listing<T> listing, PageCursor? after, DynamicParameters parameters, int offset, int limit)
    {
        var (sql, direction) = (listing.Sql, listing.Sql.NewestFirst ? "desc" : "asc");
        var conditions = listing.Conditions;
        if (after is { } cursor)
        {
            conditions = conditions.Append($"({sql.Instant}, {sql.Id}) {(sql.NewestFirst ? '<' : '>')} (@AfterInstant, @AfterId)");
            parameters.Add("AfterInstant", cursor.Instant);
            parameters.Add("AfterId", cursor.Id);
        }
        parameters.Add("PageSize", limit);
        parameters.Add("PageOffset", offset);
        return $"""
            select {sql.Columns}
            from {sql.From}
            {Where(conditions)}
            order by {sql.Instant} {direction}, {sql.Id} {direction}
            limit @PageSize offset @PageOffset
            """;
    }

    private static string Where(IEnumerable<string> conditions) =>
        string.Join("\n  and ", conditions) is { Length: > 0 } all ? "where " + all : "";
}
