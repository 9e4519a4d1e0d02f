using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using MediatR;

namespace Consultation.Features.CreateSlot;

internal static class CreateSlotEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/", Handle)
        .WithSummary("Create one slot")
        .Requires(Permission.SlotsWrite)
        .InvalidatesCache()
        .Answers<AdminSlot>(StatusCodes.Status201Created)
        .SendsHeader(StatusCodes.Status201Created, "Location", "The path of the new slot.", $"{Slices.AdminSlots}/12")
        .Refuses(Refusals.SlotConflict);

    private static async Task<IResult> Handle(BoundRequest<CreateSlotCommand> input, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Request);
        return outcome.ToHttp(slot => TypedResults.Created($"{Slices.AdminSlots}/{slot.Id}", slot));
    }
}
