using System.Security.Claims;
using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.BookSlot;

internal static class BookSlotEndpoint
{
    public const string ReplayedHeader = "Idempotency-Replayed";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/book", Handle)
        .WithSummary("Book a slot, as a guest or a customer")
        .WithDescription("Customers may leave out contact details that their token holds. A repeat with the same Idempotency-Key and payload answers the first booking again.")
        .ForGuestsAndTokens()
        .LimitedBy(RateLimits.PublicBook)
        .InvalidatesCache()
        .CountsRefusals<BookingMetrics>((metrics, code) => metrics.Booking(code))
        .SendsHeader(StatusCodes.Status201Created, ReplayedHeader, "Sent when an earlier request with this key had made the booking.", "true")
        .RefusesListing<Slot>("alternatives", Refusals.SlotInactive, Refusals.SlotPast, Refusals.SlotAlreadyBooked)
        .Refuses(Refusals.SlotNotFound, Refusals.KeyReused);

    private static async Task<Results<Created<BookedSlot>, ProblemResult>> Handle(BoundRequest<BookSlotCommand> input, HttpContext context, IMediator mediator, BookingMetrics metrics)
    {
        var outcome = await mediator.Send(For(context.User, input.Request));
        return outcome.ToHttp(booking =>
        {
            metrics.Booking(booking.Replayed ? "replayed" : "booked");
            if (booking.Replayed)
                context.Response.Headers[ReplayedHeader] = "true";
            return TypedResults.Created((string?)null, booking);
        });
    }

    private static BookSlotCommand For(ClaimsPrincipal user, BookSlotCommand command)
    {
        command = command with { Caller = user.Sub() ?? BookSlotCommand.Guest };
        if (!user.IsCustomer())
            return command;

        var bindingErrors = new Dictionary<string, string[]>(command.BindingErrors);
        return command with
        {
            CustomerId = user.Sub(),
            Name = command.Name ?? Claim("name", "name"),
            Email = command.Email ?? Claim("email", "email"),
            Phone = command.Phone ?? Claim("phone", "phone_number"),
            BindingErrors = bindingErrors,
        };

        string? Claim(string member, string type)
        {
            if (!user.TryText(type, out var text))
                bindingErrors.TryAdd(member, [$"The token's {type} must be a text."]);
            return text;
        }
    }
}
