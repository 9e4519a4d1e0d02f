using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Messaging;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Paging;
using MediatR;

namespace Consultation.Features.SearchBookings;

internal static class SearchBookingsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/", Handle)
        .WithSummary("Bookings, newest first")
        .WithDescription("The dates are of the slot; search is a case-insensitive part of name, email or phone.")
        .Requires(Permission.BookingsRead)
        .Answers<Paged<AdminBooking>>(StatusCodes.Status200OK);

    private static async Task<IResult> Handle(Input<SearchBookingsQuery> input, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(input.Message, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
