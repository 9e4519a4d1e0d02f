using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.GetBooking;

internal static class GetBookingEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/{id:id}", Handle)
        .WithSummary("A booking, with the state of its notifications")
        .Requires(Permission.BookingsRead)
        .Refuses(Refusals.BookingNotFound);

    private static async Task<Results<Ok<BookingDetails>, ProblemResult>> Handle(long id, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(new GetBookingQuery { Id = id }, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
