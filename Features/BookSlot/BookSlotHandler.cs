using System.Buffers.Text;
using System.Security.Cryptography;
using Consultation.Features.BookingNotifications;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Outbox;
using MediatR;

namespace Consultation.Features.BookSlot;

internal sealed class BookSlotHandler(BookingBatches batches, ShopCalendar time, OutboxSender outbox) : IRequestHandler<BookSlotCommand, Outcome<BookedSlot>>
{
    /// <summary>Each time somebody else has got something done; who has met as many of them is asked to come again.</summary>
    private const int MaxTries = 20;

    private const int AccessKeyBytes = 16;

    public async Task<Outcome<BookedSlot>> Handle(BookSlotCommand command, CancellationToken cancellationToken)
    {
        var answer = await DecideAsync(new BookingAttempt(command, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(AccessKeyBytes))), cancellationToken);
        switch (answer.Verdict)
        {
            case Verdict.Booked:
                Notify(command, answer);
                return ToBooking(command, answer);
            case Verdict.Replayed:
                return ToBooking(command, answer) with { Replayed = true };
            case Verdict.Reused:
                return Refusals.KeyReused;
            case Verdict.NotFound:
                return Refusals.SlotNotFound;
            case Verdict.Inactive:
                return Refusals.SlotInactive.With("alternatives", answer.Alternatives);
            case Verdict.Past:
                return Refusals.SlotPast.With("alternatives", answer.Alternatives);
            case Verdict.Taken:
                return Refusals.SlotAlreadyBooked.With("alternatives", answer.Alternatives);
            default:
                throw new InvalidOperationException($"{answer.Verdict} is no decision.");
        }
    }

    /// <summary>Within the same bound as any other use of the database, waiting for others and coming again included.</summary>
    private async Task<BookingAnswer> DecideAsync(BookingAttempt attempt, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Postgres.Timeout);
        try
        {
            var answer = await batches.BookAsync(attempt, deadline.Token);
            for (var tries = 1; answer.Verdict is Verdict.Outrun or Verdict.Raced; tries++)
            {
                attempt.IsUnderWay = false;
                if (tries == MaxTries)
                    throw new DatabaseUnavailableException(new TimeoutException($"The slot or the key changed hands {MaxTries} times."), outcomeUnknown: false);
                answer = answer.Verdict == Verdict.Outrun
                    ? await batches.BookAsync(attempt, deadline.Token)
                    : await batches.BookAloneAsync(attempt, deadline.Token);
            }
            return answer;
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DatabaseUnavailableException(late, outcomeUnknown: attempt.IsUnderWay);
        }
    }

    private void Notify(BookSlotCommand command, BookingAnswer answer)
    {
        var booking = new ConfirmedBooking(
            answer.Id, command.CustomerId, command.Name!, command.Email!, answer.AccessKey, answer.CreatedAt, answer.Slot!);
        foreach (var job in BookingNotification.ConfirmationsOf(booking, time.Zone))
            outbox.Send(job);
    }

    /// <summary>
    /// The booking as it was made, and so pending, whatever has become of it since. A replay's values are those of the request, or it were
    /// none.
    /// </summary>
    private static BookedSlot ToBooking(BookSlotCommand command, BookingAnswer answer) => new()
    {
        Id = answer.Id,
        Status = BookingStatus.Pending,
        Slot = answer.Slot!,
        Name = command.Name!,
        Email = command.Email!,
        Phone = command.Phone!,
        Message = command.Message,
        CreatedAt = answer.CreatedAt,
        AccessKey = answer.AccessKey,
    };
}
