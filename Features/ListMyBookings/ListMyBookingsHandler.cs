using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Paging;
using MediatR;

namespace Consultation.Features.ListMyBookings;

internal sealed class ListMyBookingsHandler(Postgres postgres) : IRequestHandler<ListMyBookingsQuery, Outcome<Paged<MyBooking>>>
{
    public async Task<Outcome<Paged<MyBooking>>> Handle(ListMyBookingsQuery query, CancellationToken cancellationToken) =>
        await postgres.QueryPageAsync(
            ListMyBookingsSql.Page,
            query,
            new { query.CustomerId },
            rows => rows.Read<MyBooking, Slot, MyBooking>((booking, slot) => booking with { Slot = slot }),
            cancellationToken);
}
