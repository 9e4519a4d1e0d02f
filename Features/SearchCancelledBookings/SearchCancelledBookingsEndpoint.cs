using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Paging;
using Consultation.Infrastructure.Requests;
using MediatR;

namespace Consultation.Features.SearchCancelledBookings;

internal static class SearchCancelledBookingsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/cancelled", Handle)
        .WithSummary("Cancelled bookings, newest cancellation first")
        .WithDescription("The dates are of the slot as it was when the booking was cancelled.")
        .Requires(Permission.BookingsRead)
        .Answers<Paged<CancelledBookingRecord>>(StatusCodes.Status200OK);

    private static async Task<IResult> Handle(
        BoundRequest<SearchCancelledBookingsQuery> input, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(input.Request, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
