using System.ComponentModel;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Requests;
using Dapper;
using FluentValidation;

namespace Consultation.Infrastructure.Paging;

/// <summary>A page of a list, and how many items there are on all of its pages.</summary>
internal sealed record Paged<T>(IReadOnlyList<T> Items, int Page, int Limit, long Total);

/// <summary>A query for a page. <see cref="Page"/> counts from 1.</summary>
internal abstract record PagedQuery<T> : Request<Paged<T>>
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    [DefaultValue(1)]
    public int? Page { get; init; }

    [DefaultValue(DefaultLimit)]
    public int? Limit { get; init; }
}

internal abstract class PagedQueryValidator<TQuery, T> : AbstractValidator<TQuery> where TQuery : PagedQuery<T>
{
    protected PagedQueryValidator()
    {
        RuleFor(query => query.Page).GreaterThanOrEqualTo(1);
        RuleFor(query => query.Limit).InclusiveBetween(1, PagedQuery<T>.MaxLimit);
    }
}

internal static class Paging
{
    /// <summary>
    /// Runs two statements in one round trip: the count, then the page, which takes its bounds as <c>@PageSize</c> and
    /// <c>@PageOffset</c>. Both get the same <paramref name="filter"/>.
    /// </summary>
    public static Task<Paged<T>> QueryPageAsync<TFilter, T>(
        this Postgres postgres,
        string sql,
        PagedQuery<T> query,
        TFilter filter,
        Func<SqlMapper.GridReader, IEnumerable<T>> read,
        CancellationToken cancellationToken)
    {
        var (page, limit) = (query.Page ?? 1, query.Limit ?? PagedQuery<T>.DefaultLimit);
        var parameters = new DynamicParameters(filter);
        parameters.Add("PageSize", limit);
        parameters.Add("PageOffset", (page - 1L) * limit);
        return postgres.QueryMultipleAsync(
            sql,
            parameters,
            async results =>
            {
                var total = await results.ReadSingleAsync<long>();
                return new Paged<T>(read(results).AsList(), page, limit, total);
            },
            cancellationToken);
    }
}
