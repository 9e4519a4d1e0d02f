using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.OpenApi;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.GetSlot;

internal static class GetSlotEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/{id:id}", Handle)
        .WithSummary("A slot, with its booking")
        .Requires(Permission.SlotsRead)
        .Refuses(Refusals.SlotNotFound);

    private static async Task<Results<Ok<SlotDetails>, ProblemResult>> Handle(long id, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(new GetSlotQuery { Id = id }, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
