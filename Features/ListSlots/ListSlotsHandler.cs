using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Dapper;
using MediatR;

namespace Consultation.Features.ListSlots;

internal sealed class ListSlotsHandler(Postgres postgres, ShopCalendar calendar) : IRequestHandler<ListSlotsQuery, Outcome<SlotList>>
{
    public async Task<Outcome<SlotList>> Handle(ListSlotsQuery query, CancellationToken cancellationToken)
    {
        var items = await postgres.QueryAsync<Slot>(ListSlotsSql.OpenSlots, new { From = query.DateFrom, To = query.DateTo, calendar.Now }, cancellationToken);
        return new SlotList(items, items.Count);
    }
}
