using Consultation.Infrastructure.Errors;
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
        .Refuses(Refusals.BookingNotFound);

    private static async Task<Results<Ok<MyBookingDetails>, ProblemResult>> Handle(
        long id, BoundRequest<GetMyBookingQuery> input, HttpContext context, IMediator mediator, CancellationToken cancellationToken)
    {
        var query = input.Request with { Id = id, Holder = BookingHolder.Of(context.User, input.Request.AccessKey) };
        var outcome = await mediator.Send(query, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
