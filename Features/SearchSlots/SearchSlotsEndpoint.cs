using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Messaging;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Paging;
using MediatR;

namespace Consultation.Features.SearchSlots;

internal static class SearchSlotsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/", Handle)
        .WithSummary("Slots, by startTime")
        .Requires(Permission.SlotsRead)
        .Answers<Paged<AdminSlot>>(StatusCodes.Status200OK);

    private static async Task<IResult> Handle(Input<SearchSlotsQuery> input, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(input.Message, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
