using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.OpenApi;
using MediatR;

namespace Consultation.Features.DeleteSlot;

internal static class DeleteSlotEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete("/{id:id}", Handle)
        .WithSummary("Delete a slot that has no booking")
        .Requires(Permission.SlotsWrite)
        .InvalidatesCache()
        .Answers(StatusCodes.Status204NoContent)
        .Refuses(Refusals.SlotNotFound, Refusals.SlotRestricted);

    private static async Task<IResult> Handle(long id, IMediator mediator)
    {
        var outcome = await mediator.Send(new DeleteSlotCommand { Id = id });
        return outcome.ToHttp(_ => TypedResults.NoContent());
    }
}
