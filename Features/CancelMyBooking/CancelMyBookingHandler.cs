using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Outbox;
using MediatR;

namespace Consultation.Features.CancelMyBooking;

internal sealed class CancelMyBookingHandler(Postgres postgres, ShopCalendar time, OutboxSignal outbox) : IRequestHandler<CancelMyBookingCommand, Outcome<CancelledMyBooking>>
{
    public async Task<Outcome<CancelledMyBooking>> Handle(CancelMyBookingCommand command, CancellationToken cancellationToken)
    {
        var answers = await postgres.QueryAsync<bool>(
            CancelMyBookingSql.Cancel,
            new { command.Id, command.Holder.CustomerId, command.Holder.AccessKey, time.Now, Reason = (string?)null, Notify = true },
            cancellationToken);
        outbox.Wake();
        return answers switch
        {
            [true] => default(CancelledMyBooking),
            [false] => Refusals.SlotPast,
            _ => Refusals.BookingNotFound,
        };
    }
}
