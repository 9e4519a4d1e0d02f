using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Paging;
using MediatR;

namespace Consultation.Features.ListMyBookings;

internal sealed class ListMyBookingsHandler(Postgres postgres) : IRequestHandler<ListMyBookingsQuery, Outcome<Paged<MyBooking>>>
{
    public async Task<Outcome<Paged<MyBooking>>> Handle(ListMyBookingsQuery query, CancellationToken cancellationToken) =>
        await postgres.QueryPageAsync(query, BookingsOf(query.CustomerId), cancellationToken);

    public static Listing<MyBooking> BookingsOf(string customerId) => new(
        ListMyBookingsSql.Bookings,
        [ListMyBookingsSql.OfCustomer],
        new { CustomerId = customerId },
        rows => rows.Read<MyBooking, Slot, MyBooking>((booking, slot) => booking with { Slot = slot }),
        booking => (booking.CreatedAt, booking.Id));
}
