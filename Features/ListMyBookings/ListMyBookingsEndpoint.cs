using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Paging;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Requests;
using MediatR;

namespace Consultation.Features.ListMyBookings;

internal static class ListMyBookingsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/bookings", Handle)
        .WithSummary("The customer's own bookings, newest first")
        .ForCustomers()
        .LimitedBy(RateLimits.CustomerBookings)
        .Answers<Paged<MyBooking>>(StatusCodes.Status200OK);

    private static async Task<IResult> Handle(BoundRequest<ListMyBookingsQuery> input, HttpContext context, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(input.Request with { CustomerId = context.User.Sub()! }, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
