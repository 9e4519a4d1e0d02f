using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using MediatR;

namespace Consultation.Features.CancelBooking;

internal sealed class CancelBookingHandler(Postgres postgres, ShopCalendar time) : IRequestHandler<CancelBookingCommand, Outcome<CancelledBooking>>
{
    public async Task<Outcome<CancelledBooking>> Handle(CancelBookingCommand command, CancellationToken cancellationToken)
    {
        var cancelled = await postgres.QueryAsync<long>(
            CancelBookingSql.Cancel,
            new { command.Id, command.StaffId, time.Now, command.Reason, Notify = command.Notify ?? true },
            cancellationToken);
        return cancelled.Count > 0 ? default(CancelledBooking) : Refusals.BookingNotFound;
    }
}
