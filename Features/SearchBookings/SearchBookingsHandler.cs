using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.Paging;
using MediatR;

namespace Consultation.Features.SearchBookings;

internal sealed class SearchBookingsHandler(Postgres postgres) : IRequestHandler<SearchBookingsQuery, Outcome<Paged<AdminBooking>>>
{
    public async Task<Outcome<Paged<AdminBooking>>> Handle(SearchBookingsQuery query, CancellationToken cancellationToken) =>
        await postgres.QueryPageAsync(query, Found(query), cancellationToken);

    /// <summary>What the filters select, for a page or for all of it.</summary>
    public static Listing<AdminBooking> Found(SearchBookingsQuery query) => new(
        SearchBookingsSql.Bookings,
        ConditionsOf(query),
        new
        {
            Status = query.Status is { } status ? EnumTexts.Of(status) : null,
            query.DateFrom,
            query.DateTo,
            query.CustomerId,
            Pattern = query.Search is { } part ? $"%{Escape(part)}%" : null,
        },
        rows => rows.Read<AdminBooking, Slot, AdminBooking>((booking, slot) => booking with { Slot = slot }),
        booking => (booking.CreatedAt, booking.Id));

    private static IEnumerable<string> ConditionsOf(SearchBookingsQuery query)
    {
        if (query.Status is not null)
            yield return SearchBookingsSql.OfStatus;
        if (query.DateFrom is not null)
            yield return SearchBookingsSql.From;
        if (query.DateTo is not null)
            yield return SearchBookingsSql.To;
        if (query.CustomerId is not null)
            yield return SearchBookingsSql.OfCustomer;
        if (query.Search is not null)
            yield return SearchBookingsSql.Containing;
    }

    /// <summary>What is searched for stands for itself, also <c>%</c>, <c>_</c> and <c>\</c>.</summary>
    private static string Escape(string part) =>
        part.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);
}
