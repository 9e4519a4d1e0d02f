using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Messaging;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Paging;
using Consultation.Infrastructure.RateLimiting;
using MediatR;

namespace Consultation.Features.ListMyBookings;

internal static class ListMyBookingsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/bookings", Handle)
        .WithSummary("The customer's own bookings, newest first")
        .ForCustomers()
        .LimitedBy(RateLimitPolicy.CustomerBookings)
        .Answers<Paged<MyBooking>>(StatusCodes.Status200OK);

    private static async Task<IResult> Handle(Input<ListMyBookingsQuery> input, HttpContext context, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(input.Message with { CustomerId = context.User.Sub()! }, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
