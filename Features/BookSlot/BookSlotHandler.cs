using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Outbox;
using Dapper;
using MediatR;
using Npgsql;

namespace Consultation.Features.BookSlot;

internal sealed class BookSlotHandler(Postgres postgres, ShopCalendar time, OutboxSignal outbox)
    : IRequestHandler<BookSlotCommand, Outcome<BookedSlot>>
{
    public Task<Outcome<BookedSlot>> Handle(BookSlotCommand command, CancellationToken cancellationToken) =>
        postgres.UseAsync((db, token) => Book(db, command, token), cancellationToken);

    private async Task<Outcome<BookedSlot>> Book(NpgsqlConnection db, BookSlotCommand command, CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = time.Now;
            var row = await db.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
                BookSlotSql.Book,
                new
                {
                    command.SlotId,
                    command.CustomerId,
                    command.Name,
                    command.Email,
                    command.Phone,
                    command.Message,
                    command.Caller,
                    command.IdempotencyKey,
                    Now = now,
                },
                cancellationToken: cancellationToken));

            switch (row?.Verdict)
            {
                case "booked":
                    outbox.Wake();
                    return row.ToBooking(replayed: false);
                case "replayed":
                    return row.ToBooking(replayed: true);
                case "reused":
                    return Refusals.KeyReused;
                case "inactive":
                    return await Refuse(Refusals.SlotInactive, row.StartTime);
                case "past":
                    return await Refuse(Refusals.SlotPast, row.StartTime);
                case "taken":
                    return await Refuse(Refusals.SlotAlreadyBooked, row.StartTime);
                case null:
                    return Refusals.SlotNotFound;
            }

            // raced: somebody changed the slot or bound the key in between, so the next look finds another state

            async Task<Refusal> Refuse(Refusal refusal, DateTimeOffset start) =>
                refusal.With("alternatives", await db.QueryAsync<Slot>(new CommandDefinition(
                    BookSlotSql.Alternatives,
                    new { From = start, Now = now, command.SlotId, Count = FieldLimits.Alternatives },
                    cancellationToken: cancellationToken)));
        }
    }

    private sealed record Row
    {
        public required string Verdict { get; init; }
        public long Id { get; init; }
        public long SlotId { get; init; }
        public DateOnly Date { get; init; }
        public DateTimeOffset StartTime { get; init; }
        public DateTimeOffset EndTime { get; init; }
        public required string Name { get; init; }
        public required string Email { get; init; }
        public required string Phone { get; init; }
        public string? Message { get; init; }
        public DateTimeOffset CreatedAt { get; init; }

        /// <summary>The booking as it was made, and so pending, whatever has become of it since.</summary>
        public BookedSlot ToBooking(bool replayed) => new()
        {
            Id = Id,
            Status = BookingStatus.Pending,
            Slot = new Slot { Id = SlotId, Date = Date, StartTime = StartTime, EndTime = EndTime },
            Name = Name,
            Email = Email,
            Phone = Phone,
            Message = Message,
            CreatedAt = CreatedAt,
            Replayed = replayed,
        };
    }
}
