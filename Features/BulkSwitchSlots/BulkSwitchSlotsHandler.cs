using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Dapper;
using MediatR;

namespace Consultation.Features.BulkSwitchSlots;

internal sealed class BulkSwitchSlotsHandler(Postgres postgres, ShopCalendar time, ShopOptions options)
    : IRequestHandler<BulkSwitchSlotsCommand, Outcome<SwitchedSlots>>
{
    public Task<Outcome<SwitchedSlots>> Handle(BulkSwitchSlotsCommand command, CancellationToken cancellationToken) =>
        postgres.UseAsync<Outcome<SwitchedSlots>>(
            async (db, token) =>
            {
                await using var transaction = await db.BeginTransactionAsync(token);
                var ids = await transaction.SelectSlotsAsync(command, time.Zone, options.BulkMaxSlots + 1, token);
                if (ids.Length > options.BulkMaxSlots)
                    return Refusals.TooManySlots(options.BulkMaxSlots);

                var switched = await db.QuerySingleAsync<SwitchedSlots>(Queries.Command(
                    BulkSwitchSlotsSql.Switch, new { Ids = ids, command.IsActive, time.Now, DryRun = command.DryRun == true }, token, transaction));
                await transaction.CommitAsync(token);
                return switched;
            },
            cancellationToken);
}
