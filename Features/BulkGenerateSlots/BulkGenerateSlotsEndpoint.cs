using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using MediatR;

namespace Consultation.Features.BulkGenerateSlots;

internal static class BulkGenerateSlotsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/bulk", Handle)
        .WithSummary("Generate slots from a pattern of days and times")
        .WithDescription("All or nothing. With dryRun nothing is written and the answer, with 200, is what would be created.")
        .Requires(Permission.SlotsWrite)
        .InvalidatesCache()
        .Answers<GeneratedSlots>(StatusCodes.Status201Created)
        .Answers<GeneratedSlots>(StatusCodes.Status200OK)
        .RefusesListing<SlotPlace>("conflicts", Refusals.SlotConflict);

    private static async Task<IResult> Handle(BoundRequest<BulkGenerateSlotsCommand> input, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Request);
        return outcome.ToHttp(generated => TypedResults.Json(
            generated, statusCode: input.Request.DryRun == true ? StatusCodes.Status200OK : StatusCodes.Status201Created));
    }
}
