using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Messaging;
using Consultation.Infrastructure.OpenApi;
using MediatR;

namespace Consultation.Features.BulkGenerateSlots;

internal static class BulkGenerateSlotsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/bulk", Handle)
        .WithSummary("Generate slots from a pattern of days and times")
        .WithDescription("All or nothing. With dryRun nothing is written and the answer, with 200, is what would be created.")
        .Requires(Permission.SlotsWrite)
        .EvictsLists()
        .Answers<GeneratedSlots>(StatusCodes.Status201Created)
        .Answers<GeneratedSlots>(StatusCodes.Status200OK)
        .RefusesListing<SlotPlace>("conflicts", Refusals.SlotConflict);

    private static async Task<IResult> Handle(Input<BulkGenerateSlotsCommand> input, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Message);
        return outcome.ToHttp(generated => TypedResults.Json(
            generated, statusCode: input.Message.DryRun == true ? StatusCodes.Status200OK : StatusCodes.Status201Created));
    }
}
