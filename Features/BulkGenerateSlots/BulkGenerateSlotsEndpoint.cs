using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.BulkGenerateSlots;

internal static class BulkGenerateSlotsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/bulk", Handle)
        .WithSummary("Generate slots from a pattern of days and times")
        .WithDescription("All or nothing. With dryRun nothing is written and the answer, with 200, is what would be created.")
        .Requires(Permission.SlotsWrite)
        .InvalidatesCache()
        .RefusesListing<SlotPlace>("conflicts", Refusals.SlotConflict);

    private static async Task<Results<Created<GeneratedSlots>, Ok<GeneratedSlots>, ProblemResult>> Handle(BoundRequest<BulkGenerateSlotsCommand> input, IMediator mediator)
    {
        var outcome = await mediator.Send(input.Request);
        return outcome.Refusal is { } refusal ? new ProblemResult(refusal)
            : input.Request.DryRun == true ? TypedResults.Ok(outcome.Value)
            : TypedResults.Created((string?)null, outcome.Value);
    }
}
