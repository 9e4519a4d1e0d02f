using System.Globalization;
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
    private const string Path = "/book";

    public const string ReplayedHeader = "Idempotency-Replayed";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Path, Handle)
        .WithSummary("Book a slot, as a guest or a customer")
        .WithDescription("Customers may leave out contact details that their token holds. A repeat with the same Idempotency-Key and payload answers the first booking again.")
        .ForGuestsAndTokens()
        .LimitedBy(RateLimits.PublicBook)
        .InvalidatesCache()
        .CountsRefusals((context, code) => context.RequestServices.GetRequiredService<BookingMetrics>().Count(code))
        .Produces<BookedSlot>(StatusCodes.Status201Created)
        .SendsHeader(StatusCodes.Status201Created, ReplayedHeader, "Sent when an earlier request with this key had made the booking.", "true")
        .SendsHeader(StatusCodes.Status201Created, "Location", "The path of the booking.", "/api/consultations/bookings/5")
        .RefusesListing<Slot>("alternatives", Refusals.SlotInactive, Refusals.SlotPast, Refusals.SlotAlreadyBooked)
        .Refuses(Refusals.SlotNotFound, Refusals.KeyReused);

    private static async Task<Results<JsonHttpResult<BookedSlot>, ProblemResult>> Handle(BoundRequest<BookSlotCommand> input, HttpContext context, IMediator mediator, BookingMetrics metrics)
    {
        var outcome = await mediator.Send(For(context.User, input.Request));
        return outcome.ToHttp(booking =>
        {
            metrics.Count(booking.Replayed ? "replayed" : "booked");
            if (booking.Replayed)
                context.Response.Headers[ReplayedHeader] = "true";
            context.Response.Headers.Location = BookingOf(context, booking.Id);
            return TypedResults.Json(booking, BookSlotJson.Booked, statusCode: StatusCodes.Status201Created);
        });
    }

    /// <summary>The booking's path on the mount through which it was made.</summary>
    private static string BookingOf(HttpContext context, long id)
    {
        var mount = ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.RawText![..^Path.Length];
        return $"{context.Request.PathBase}{mount}/bookings/{id.ToString(CultureInfo.InvariantCulture)}";
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
