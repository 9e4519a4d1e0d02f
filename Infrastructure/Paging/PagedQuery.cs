using System.Buffers.Binary;
using System.ComponentModel;
using System.Security.Cryptography;
using System.Text.Json;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.Requests;
using FluentValidation;

namespace Consultation.Infrastructure.Paging;

/// <summary>
/// A page of a list. The total is exact up to <see cref="PagedQuery{T}.Deepest"/> and capped there. <paramref name="Next"/> leads on from the last
/// item and is null at the end; <paramref name="Page"/> is null where such a text was followed.
/// </summary>
internal sealed record Paged<T>(IReadOnlyList<T> Items, int? Page, int Limit, long Total, bool TotalIsCapped, string? Next);

/// <summary>A query for a page, by its number, which counts from 1, or from where an earlier one ended.</summary>
internal abstract record PagedQuery<T> : Request<Paged<T>>
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    /// <summary>How many rows are counted, and passed over for a page by its number.</summary>
    public const int Deepest = 10_000;

    [DefaultValue(1)]
    public int? Page { get; init; }

    [DefaultValue(DefaultLimit)]
    public int? Limit { get; init; }

    [Description("The next of an earlier answer with the same filters, in place of page.")]
    public PageCursor? After { get; init; }

    /// <summary>The same filters for an export, where no page counts, however it was asked for; it looks at one row.</summary>
    public PagedQuery<T> ForExport() => this with
    {
        Page = null,
        Limit = 1,
        After = null,
        BindingErrors = BindingErrors.Where(error => error.Key is not ("page" or "limit" or "after")).ToDictionary(),
    };

    /// <summary>A mark of what is asked for, whatever the page.</summary>
    public ulong Filters()
    {
        var filters = JsonSerializer.Serialize(this with { Page = null, Limit = null, After = null }, GetType(), JsonFormat.Options);
        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{GetType().Name} {filters}")));
    }
}

internal abstract class PagedQueryValidator<TQuery, T> : AbstractValidator<TQuery> where TQuery : PagedQuery<T>
{
    protected PagedQueryValidator()
    {
        RuleFor(query => query.Page).GreaterThanOrEqualTo(1)
            .Must((query, _) => query.After is null).WithMessage("Must be left out where after is given.")
            .Must((query, page) => (long)page!.Value * (query.Limit ?? PagedQuery<T>.DefaultLimit) <= PagedQuery<T>.Deepest)
            .When(query => query.Page is not null)
            .WithMessage($"Must not lie deeper than {PagedQuery<T>.Deepest} rows; follow next instead.");
        RuleFor(query => query.Limit).InclusiveBetween(1, PagedQuery<T>.MaxLimit);
        RuleFor(query => query.After).Must((query, after) => after is null || after.Value.Filters == query.Filters())
            .WithMessage("Must come from a list with the same filters.");
    }
}
