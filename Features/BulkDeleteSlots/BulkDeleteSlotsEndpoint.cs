using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.BulkDeleteSlots;

internal static class BulkDeleteSlotsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete("/bulk", Handle)
        .WithSummary("Delete many slots that have no booking")
        .WithDescription("Those that start on one of the days, at or after startTime and before endTime. All or nothing; booked ones stay as they are, and are counted.")
        .Requires(Permission.SlotsWrite)
        .InvalidatesCache();

    private static async Task<Results<Ok<DeletedSlots>, ProblemResult>> Handle(BoundRequest<BulkDeleteSlotsCommand> input, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Request);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
