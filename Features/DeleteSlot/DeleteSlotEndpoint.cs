using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.DeleteSlot;

internal static class DeleteSlotEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete("/{id:id}", Handle)
        .WithSummary("Delete a slot that has no booking")
        .Requires(Permission.SlotsWrite)
        .InvalidatesCache()
        .Refuses(Refusals.SlotNotFound, Refusals.SlotRestricted);

    private static async Task<Results<NoContent, ProblemResult>> Handle(long id, IMediator mediator)
    {
        var outcome = await mediator.Send(new DeleteSlotCommand { Id = id });
        return outcome.ToHttp(_ => TypedResults.NoContent());
    }
}
