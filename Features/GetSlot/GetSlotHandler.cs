using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Dapper;
using MediatR;

namespace Consultation.Features.GetSlot;

internal sealed class GetSlotHandler(Postgres postgres) : IRequestHandler<GetSlotQuery, Outcome<SlotDetails>>
{
    public async Task<Outcome<SlotDetails>> Handle(GetSlotQuery query, CancellationToken cancellationToken)
    {
        var found = await postgres.QueryAsync<SlotDetails, SlotBooking?, SlotDetails>(
            GetSlotSql.Slot, new { query.Id }, (slot, booking) => slot with { Booking = booking }, cancellationToken);
        return found.SingleOrDefault() is { } slot ? slot : Refusals.SlotNotFound;
    }
}
