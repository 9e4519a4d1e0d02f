using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Dapper;
using MediatR;

namespace Consultation.Features.ListSlots;

internal sealed class ListSlotsHandler(Postgres postgres, ShopCalendar time) : IRequestHandler<ListSlotsQuery, Outcome<SlotList>>
{
    public async Task<Outcome<SlotList>> Handle(ListSlotsQuery query, CancellationToken cancellationToken)
    {
        var (from, to) = query.Range(time);
        var items = await postgres.QueryAsync<Slot>(ListSlotsSql.OpenSlots, new { From = from, To = to, time.Now }, cancellationToken);
        return new SlotList(items, items.Count);
    }
}
