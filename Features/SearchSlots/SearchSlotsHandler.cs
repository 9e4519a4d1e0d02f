using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Paging;
using MediatR;

namespace Consultation.Features.SearchSlots;

internal sealed class SearchSlotsHandler(Postgres postgres) : IRequestHandler<SearchSlotsQuery, Outcome<Paged<AdminSlot>>>
{
    public async Task<Outcome<Paged<AdminSlot>>> Handle(SearchSlotsQuery query, CancellationToken cancellationToken) =>
        await postgres.QueryPageAsync(
            SearchSlotsSql.Page,
            query,
            new { query.DateFrom, query.DateTo, query.IsActive, query.IsBooked },
            rows => rows.Read<AdminSlot>(),
            cancellationToken);
}
