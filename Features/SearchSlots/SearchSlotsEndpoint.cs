using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Paging;
using Consultation.Infrastructure.Requests;
using MediatR;

namespace Consultation.Features.SearchSlots;

internal static class SearchSlotsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/", Handle)
        .WithSummary("Slots, by startTime")
        .Requires(Permission.SlotsRead)
        .Answers<Paged<AdminSlot>>(StatusCodes.Status200OK);

    private static async Task<IResult> Handle(BoundRequest<SearchSlotsQuery> input, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(input.Request, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
