using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Http;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.GetMyBooking;

internal static class GetMyBookingEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/bookings/{id:id}", Handle)
        .WithSummary("One booking, for its customer or whoever has its key")
        .WithDescription("A guest sends the accessKey of the booking as `Booking-Key`. Somebody else's booking is not there.")
        .ForGuestsAndTokens()
        .LimitedBy(RateLimits.CustomerBookings)
        .AnswersTextAs(BookingCalendar.MediaType)
        .Refuses(Refusals.BookingNotFound);

    private static async Task<Results<Ok<MyBookingDetails>, ContentHttpResult, ProblemResult>> Handle(
        long id, BoundRequest<GetMyBookingQuery> input, HttpContext context, IMediator mediator, CancellationToken cancellationToken)
    {
        var asCalendar = context.Negotiate("application/json", BookingCalendar.MediaType) == BookingCalendar.MediaType;
        var query = input.Request with { Id = id, Holder = BookingHolder.Of(context.User, input.Request.AccessKey) };
        var outcome = await mediator.Send(query, cancellationToken);
        if (outcome.Refusal is { } refusal)
            return new ProblemResult(refusal);
        var booking = outcome.Value;
        return asCalendar
            ? TypedResults.Text(BookingCalendar.OfOne(booking.Id, booking.CreatedAt, booking.Slot), BookingCalendar.MediaType + "; charset=utf-8")
            : TypedResults.Ok(booking);
    }
}
