using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Dapper;
using MediatR;

namespace Consultation.Features.GetBooking;

internal sealed class GetBookingHandler(Postgres postgres) : IRequestHandler<GetBookingQuery, Outcome<BookingDetails>>
{
    public async Task<Outcome<BookingDetails>> Handle(GetBookingQuery query, CancellationToken cancellationToken) =>
        await postgres.QueryMultipleAsync(GetBookingSql.Booking, new { query.Id }, ReadAsync, cancellationToken) is { } booking ? booking : Refusals.BookingNotFound;

    private static async Task<BookingDetails?> ReadAsync(SqlMapper.GridReader results)
    {
        var booking = results.Read<BookingDetails, Slot, BookingDetails>((booking, slot) => booking with { Slot = slot }).SingleOrDefault();
        var notifications = await results.ReadAsync<Notification>();
        return booking is null ? null : booking with { Notifications = notifications.AsList() };
    }
}
