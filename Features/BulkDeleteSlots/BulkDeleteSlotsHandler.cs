using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Dapper;
using MediatR;

namespace Consultation.Features.BulkDeleteSlots;

internal sealed class BulkDeleteSlotsHandler(Postgres postgres, ShopCalendar time, ShopOptions options)
    : IRequestHandler<BulkDeleteSlotsCommand, Outcome<DeletedSlots>>
{
    public Task<Outcome<DeletedSlots>> Handle(BulkDeleteSlotsCommand command, CancellationToken cancellationToken) =>
        postgres.UseAsync<Outcome<DeletedSlots>>(
            async (db, token) =>
            {
                await using var transaction = await db.BeginTransactionAsync(token);
                var ids = await transaction.SelectSlotsAsync(command, time.Zone, options.BulkMaxSlots + 1, token);
                if (ids.Length > options.BulkMaxSlots)
                    return Refusals.TooManySlots(options.BulkMaxSlots);

                var deleted = await db.QuerySingleAsync<DeletedSlots>(Queries.Command(
                    BulkDeleteSlotsSql.Delete, new { Ids = ids, DryRun = command.DryRun == true }, token, transaction));
                await transaction.CommitAsync(token);
                return deleted;
            },
            cancellationToken);
}
