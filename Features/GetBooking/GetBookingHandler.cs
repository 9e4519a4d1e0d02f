using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Dapper;
using MediatR;
using Npgsql;

namespace Consultation.Features.GetBooking;

internal sealed class GetBookingHandler(Postgres postgres) : IRequestHandler<GetBookingQuery, Outcome<BookingDetails>>
{
    public async Task<Outcome<BookingDetails>> Handle(GetBookingQuery query, CancellationToken cancellationToken) =>
        await postgres.Use((db, token) => Find(db, query.Id, token), cancellationToken) is { } booking ? booking : Refusals.BookingNotFound;

    private static async Task<BookingDetails?> Find(NpgsqlConnection db, long id, CancellationToken cancellationToken)
    {
        await using var results = await db.QueryMultipleAsync(new CommandDefinition(GetBookingSql.Booking, new { Id = id }, cancellationToken: cancellationToken));
        var booking = results.Read<BookingDetails, Slot, BookingDetails>((booking, slot) => booking with { Slot = slot }).SingleOrDefault();
        var notifications = await results.ReadAsync<Notification>();
        return booking is null ? null : booking with { Notifications = notifications.AsList() };
    }
}
