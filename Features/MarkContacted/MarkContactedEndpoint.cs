using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.MarkContacted;

internal static class MarkContactedEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPatch("/{id:id}", Handle)
        .WithSummary("Mark a booking's customer as contacted")
        .WithDescription("Repeating it changes nothing: contactedAt and contactedBy stay those of the first time.")
        .Requires(Permission.BookingsWrite)
        .InvalidatesCache()
        .Refuses(Refusals.BookingNotFound);

    private static async Task<Results<Ok<AdminBooking>, ProblemResult>> Handle(long id, BoundRequest<MarkContactedCommand> input, HttpContext context, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Request with { Id = id, ContactedBy = context.User.Sub() });
        return outcome.ToHttp(TypedResults.Ok);
    }
}
