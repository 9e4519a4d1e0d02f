using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.UpdateSlot;

internal static class UpdateSlotEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPatch("/{id:id}", Handle)
        .WithSummary("Move a slot, or switch it on or off")
        .WithDescription("Switching is always allowed; a slot that has a booking keeps its times.")
        .Requires(Permission.SlotsWrite)
        .InvalidatesCache()
        .Refuses(Refusals.SlotNotFound, Refusals.SlotRestricted, Refusals.SlotConflict);

    private static async Task<Results<Ok<AdminSlot>, ProblemResult>> Handle(long id, BoundRequest<UpdateSlotCommand> input, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Request with { Id = id });
        return outcome.ToHttp(TypedResults.Ok);
    }
}
