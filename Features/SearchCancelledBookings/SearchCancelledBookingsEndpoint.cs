using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Paging;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.SearchCancelledBookings;

internal static class SearchCancelledBookingsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/cancelled", Handle)
        .WithSummary("Cancelled bookings, newest cancellation first")
        .WithDescription("The dates are of the slot as it was when the booking was cancelled.")
        .Requires(Permission.BookingsRead);

    private static async Task<Results<Ok<Paged<CancelledBookingRecord>>, ProblemResult>> Handle(
        BoundRequest<SearchCancelledBookingsQuery> input, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(input.Request, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
