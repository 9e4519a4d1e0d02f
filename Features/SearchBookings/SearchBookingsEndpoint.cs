using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Paging;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.SearchBookings;

internal static class SearchBookingsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/", Handle)
        .WithSummary("Bookings, newest first")
        .WithDescription("The dates are of the slot; search is a case-insensitive part of name, email or phone.")
        .Requires(Permission.BookingsRead);

    private static async Task<Results<Ok<Paged<AdminBooking>>, ProblemResult>> Handle(BoundRequest<SearchBookingsQuery> input, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(input.Request, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
