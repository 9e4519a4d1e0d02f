using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Paging;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.SearchSlots;

internal static class SearchSlotsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/", Handle)
        .WithSummary("Slots, by startTime")
        .Requires(Permission.SlotsRead);

    private static async Task<Results<Ok<Paged<AdminSlot>>, ProblemResult>> Handle(BoundRequest<SearchSlotsQuery> input, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(input.Request, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
