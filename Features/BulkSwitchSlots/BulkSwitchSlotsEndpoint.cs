using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.BulkSwitchSlots;

internal static class BulkSwitchSlotsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPatch("/bulk", Handle)
        .WithSummary("Switch many slots on or off")
        .WithDescription("Those that start on one of the days, at or after startTime and before endTime. All or nothing; booked ones are switched too, and counted.")
        .Requires(Permission.SlotsWrite)
        .InvalidatesCache();

    private static async Task<Results<Ok<SwitchedSlots>, ProblemResult>> Handle(BoundRequest<BulkSwitchSlotsCommand> input, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Request);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
