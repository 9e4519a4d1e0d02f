using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.CancelBooking;

internal static class CancelBookingEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete("/{id:id}", Handle)
        .WithSummary("Cancel a booking, whenever its slot is")
        .WithDescription("The slot is open again at once. The record is kept, with who cancelled and why.")
        .Requires(Permission.BookingsWrite)
        .InvalidatesCache()
        .Refuses(Refusals.BookingNotFound);

    private static async Task<Results<NoContent, ProblemResult>> Handle(long id, BoundRequest<CancelBookingCommand> input, HttpContext context, IMediator mediator, BookingMetrics metrics)
    {
        var outcome = await mediator.Send(input.Request with { Id = id, StaffId = context.User.Sub()! });
        return outcome.ToHttp(_ =>
        {
            metrics.Count("cancelled");
            return TypedResults.NoContent();
        });
    }
}
