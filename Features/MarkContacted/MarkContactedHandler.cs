using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Dapper;
using MediatR;

namespace Consultation.Features.MarkContacted;

internal sealed class MarkContactedHandler(Postgres postgres, ShopCalendar time) : IRequestHandler<MarkContactedCommand, Outcome<AdminBooking>>
{
    public async Task<Outcome<AdminBooking>> Handle(MarkContactedCommand command, CancellationToken cancellationToken)
    {
        var found = await postgres.QueryAsync<AdminBooking, Slot, AdminBooking>(
            MarkContactedSql.MarkContacted,
            new { command.Id, command.ContactedBy, time.Now },
            (booking, slot) => booking with { Slot = slot },
            cancellationToken);
        return found.SingleOrDefault() is { } booking ? booking : Refusals.BookingNotFound;
    }
}
