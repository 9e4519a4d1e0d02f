using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Outbox;
using MediatR;

namespace Consultation.Features.CancelBooking;

internal sealed class CancelBookingHandler(Postgres postgres, ShopCalendar time, OutboxSignal outbox) : IRequestHandler<CancelBookingCommand, Outcome<CancelledBooking>>
{
    public async Task<Outcome<CancelledBooking>> Handle(CancelBookingCommand command, CancellationToken cancellationToken)
    {
        var cancelled = await postgres.QueryAsync<long>(
            CancelBookingSql.Cancel,
            new { command.Id, command.StaffId, time.Now, command.Reason, Notify = command.Notify ?? true },
            cancellationToken);
        outbox.Wake();
        return cancelled.Count > 0 ? default(CancelledBooking) : Refusals.BookingNotFound;
    }
}
