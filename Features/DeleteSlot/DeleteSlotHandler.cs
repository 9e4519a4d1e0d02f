using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Migrations;
using Dapper;
using MediatR;
using Npgsql;

namespace Consultation.Features.DeleteSlot;

internal sealed class DeleteSlotHandler(Postgres postgres) : IRequestHandler<DeleteSlotCommand, Outcome<DeletedSlot>>
{
    public async Task<Outcome<DeletedSlot>> Handle(DeleteSlotCommand command, CancellationToken cancellationToken)
    {
        try
        {
            var deleted = await postgres.ExecuteAsync(DeleteSlotSql.Delete, new { command.Id }, cancellationToken);
            return deleted == 1 ? default(DeletedSlot) : Refusals.SlotNotFound;
        }
        catch (PostgresException refused) when (refused.ConstraintName == Constraints.BookingSlotReference)
        {
            return Refusals.SlotRestricted;
        }
    }
}
