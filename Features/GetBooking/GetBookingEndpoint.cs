using Consultation.Infrastructure.OpenApi;
using MediatR;

namespace Consultation.Features.GetBooking;

internal static class GetBookingEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/{id:id}", Handle)
        .WithSummary("A booking, with the state of its notifications")
        .Requires(Permission.BookingsRead)
        .Answers<BookingDetails>(StatusCodes.Status200OK)
        .Refuses(Refusals.BookingNotFound);

    private static async Task<IResult> Handle(long id, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(new GetBookingQuery { Id = id }, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
