using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Messaging;
using Consultation.Infrastructure.OpenApi;
using MediatR;

namespace Consultation.Features.UpdateSlot;

internal static class UpdateSlotEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPatch("/{id:id}", Handle)
        .WithSummary("Move a slot, or switch it on or off")
        .WithDescription("Switching is always allowed; a slot that has a booking keeps its times.")
        .Requires(Permission.SlotsWrite)
        .EvictsLists()
        .Answers<AdminSlot>(StatusCodes.Status200OK)
        .Refuses(Refusals.SlotNotFound, Refusals.SlotRestricted, Refusals.SlotConflict);

    private static async Task<IResult> Handle(long id, Input<UpdateSlotCommand> input, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Message with { Id = id });
        return outcome.ToHttp(TypedResults.Ok);
    }
}
