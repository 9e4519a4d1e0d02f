using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Messaging;
using Consultation.Infrastructure.OpenApi;
using MediatR;

namespace Consultation.Features.CreateSlot;

internal static class CreateSlotEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/", Handle)
        .WithSummary("Create one slot")
        .Requires(Permission.SlotsWrite)
        .EvictsLists()
        .Answers<AdminSlot>(StatusCodes.Status201Created)
        .SendsHeader(StatusCodes.Status201Created, "Location", "The path of the new slot.", $"{Slices.AdminSlots}/12")
        .Refuses(Refusals.SlotConflict);

    private static async Task<IResult> Handle(Input<CreateSlotCommand> input, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Message);
        return outcome.ToHttp(slot => TypedResults.Created($"{Slices.AdminSlots}/{slot.Id}", slot));
    }
}
