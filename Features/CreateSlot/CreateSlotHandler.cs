using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Dapper;
using MediatR;

namespace Consultation.Features.CreateSlot;

internal sealed class CreateSlotHandler(Postgres postgres, ShopCalendar time) : IRequestHandler<CreateSlotCommand, Outcome<AdminSlot>>
{
    public async Task<Outcome<AdminSlot>> Handle(CreateSlotCommand command, CancellationToken cancellationToken)
    {
        var created = await postgres.QuerySingleOrDefaultAsync<AdminSlot>(
            CreateSlotSql.Insert,
            new
            {
                Date = time.DayOf(command.StartTime!.Value),
                command.StartTime,
                command.EndTime,
                IsActive = command.IsActive ?? true,
                time.Now,
            },
            cancellationToken);
        return created is not null ? created : Refusals.SlotConflict;
    }
}
