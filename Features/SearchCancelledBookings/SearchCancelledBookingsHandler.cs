using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Paging;
using MediatR;

namespace Consultation.Features.SearchCancelledBookings;

internal sealed class SearchCancelledBookingsHandler(Postgres postgres)
    : IRequestHandler<SearchCancelledBookingsQuery, Outcome<Paged<CancelledBookingRecord>>>
{
    public async Task<Outcome<Paged<CancelledBookingRecord>>> Handle(SearchCancelledBookingsQuery query, CancellationToken cancellationToken) =>
        await postgres.QueryPageAsync(
            query,
            new Listing<CancelledBookingRecord>(
                SearchCancelledBookingsSql.Bookings,
                ConditionsOf(query),
                new { query.DateFrom, query.DateTo },
                rows => rows.Read<CancelledBookingRecord, Slot, CancelledBookingRecord>((booking, slot) => booking with { Slot = slot }),
                booking => (booking.CancelledAt, booking.Id)),
            cancellationToken);

    private static IEnumerable<string> ConditionsOf(SearchCancelledBookingsQuery query)
    {
        if (query.DateFrom is not null)
            yield return SearchCancelledBookingsSql.From;
        if (query.DateTo is not null)
            yield return SearchCancelledBookingsSql.To;
    }
}
