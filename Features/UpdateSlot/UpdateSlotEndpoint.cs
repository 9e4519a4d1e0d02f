using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using MediatR;

namespace Consultation.Features.UpdateSlot;

internal static class UpdateSlotEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPatch("/{id:id}", Handle)
        .WithSummary("Move a slot, or switch it on or off")
        .WithDescription("Switching is always allowed; a slot that has a booking keeps its times.")
        .Requires(Permission.SlotsWrite)
        .InvalidatesCache()
        .Answers<AdminSlot>(StatusCodes.Status200OK)
        .Refuses(Refusals.SlotNotFound, Refusals.SlotRestricted, Refusals.SlotConflict);

    private static async Task<IResult> Handle(long id, BoundRequest<UpdateSlotCommand> input, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Request with { Id = id });
        return outcome.ToHttp(TypedResults.Ok);
    }
}
