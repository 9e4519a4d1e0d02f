using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.CancelMyBooking;

internal static class CancelMyBookingEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete("/bookings/{id:id}", Handle)
        .WithSummary("Cancel a booking, for its customer or whoever has its key")
        .WithDescription("Until its slot starts. The slot is open again at once, and the customer is told.")
        .ForGuestsAndTokens()
        .LimitedBy(RateLimits.CustomerBookings)
        .InvalidatesCache()
        .Refuses(Refusals.BookingNotFound, Refusals.SlotPast);

    private static async Task<Results<NoContent, ProblemResult>> Handle(long id, BoundRequest<CancelMyBookingCommand> input, HttpContext context, IMediator mediator, BookingMetrics metrics)
    {
        var command = input.Request with { Id = id, Holder = BookingHolder.Of(context.User, input.Request.AccessKey) };
        var outcome = await mediator.Send(command);
        return outcome.ToHttp(_ =>
        {
            metrics.Count("cancelled");
            return TypedResults.NoContent();
        });
    }
}
