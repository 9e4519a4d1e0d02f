using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Paging;
using MediatR;

namespace Consultation.Features.SearchSlots;

internal sealed class SearchSlotsHandler(Postgres postgres) : IRequestHandler<SearchSlotsQuery, Outcome<Paged<AdminSlot>>>
{
    public async Task<Outcome<Paged<AdminSlot>>> Handle(SearchSlotsQuery query, CancellationToken cancellationToken) =>
        await postgres.QueryPageAsync(
            query,
            new Listing<AdminSlot>(
                SearchSlotsSql.Slots,
                ConditionsOf(query),
                new { query.DateFrom, query.DateTo, query.IsActive },
                rows => rows.Read<AdminSlot>(),
                slot => (slot.StartTime, slot.Id!.Value)),
            cancellationToken);

    private static IEnumerable<string> ConditionsOf(SearchSlotsQuery query)
    {
        if (query.DateFrom is not null)
            yield return SearchSlotsSql.From;
        if (query.DateTo is not null)
            yield return SearchSlotsSql.To;
        if (query.IsActive is not null)
            yield return SearchSlotsSql.Active;
        if (query.IsBooked is { } booked)
            yield return booked ? SearchSlotsSql.Booked : SearchSlotsSql.Open;
    }
}
