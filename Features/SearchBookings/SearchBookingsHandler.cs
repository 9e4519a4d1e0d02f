using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.Paging;
using MediatR;

namespace Consultation.Features.SearchBookings;

internal sealed class SearchBookingsHandler(Postgres postgres) : IRequestHandler<SearchBookingsQuery, Outcome<Paged<AdminBooking>>>
{
    public async Task<Outcome<Paged<AdminBooking>>> Handle(SearchBookingsQuery query, CancellationToken cancellationToken) =>
        await postgres.QueryPageAsync(
            SearchBookingsSql.Page,
            query,
            new
            {
                Status = query.Status is { } status ? EnumTexts.Of(status) : null,
                query.DateFrom,
                query.DateTo,
                query.CustomerId,
                Pattern = query.Search is { } part ? $"%{Escape(part)}%" : null,
            },
            rows => rows.Read<AdminBooking, Slot, AdminBooking>((booking, slot) => booking with { Slot = slot }),
            cancellationToken);

    /// <summary>What is searched for stands for itself, also <c>%</c>, <c>_</c> and <c>\</c>.</summary>
    private static string Escape(string part) =>
        part.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);
}
