using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.CreateSlot;

internal static class CreateSlotEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/", Handle)
        .WithSummary("Create one slot")
        .Requires(Permission.SlotsWrite)
        .InvalidatesCache()
        .SendsHeader(StatusCodes.Status201Created, "Location", "The path of the new slot.", $"{Slices.AdminSlots}/12")
        .Refuses(Refusals.SlotConflict);

    private static async Task<Results<Created<AdminSlot>, ProblemResult>> Handle(BoundRequest<CreateSlotCommand> input, HttpRequest http, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Request);
        return outcome.ToHttp(slot => TypedResults.Created($"{http.PathBase}{Slices.AdminSlots}/{slot.Id}", slot));
    }
}
