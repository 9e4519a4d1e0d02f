using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using MediatR;

namespace Consultation.Features.GetMyBooking;

internal sealed class GetMyBookingHandler(Postgres postgres) : IRequestHandler<GetMyBookingQuery, Outcome<MyBookingDetails>>
{
    public async Task<Outcome<MyBookingDetails>> Handle(GetMyBookingQuery query, CancellationToken cancellationToken)
    {
        var found = await postgres.QueryAsync<MyBookingDetails, Slot, MyBookingDetails>(
            GetMyBookingSql.Booking,
            new { query.Id, query.Holder.CustomerId, query.Holder.AccessKey },
            (booking, slot) => booking with { Slot = slot },
            cancellationToken);
        return found.SingleOrDefault() is { } booking ? booking : Refusals.BookingNotFound;
    }
}
