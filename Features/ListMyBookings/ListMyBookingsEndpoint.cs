using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Paging;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.ListMyBookings;

internal static class ListMyBookingsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/bookings", Handle)
        .WithSummary("The customer's own bookings, newest first")
        .ForCustomers()
        .LimitedBy(RateLimits.CustomerBookings);

    private static async Task<Results<Ok<Paged<MyBooking>>, ProblemResult>> Handle(BoundRequest<ListMyBookingsQuery> input, HttpContext context, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = await mediator.Send(input.Request with { CustomerId = context.User.Sub()! }, cancellationToken);
        return outcome.ToHttp(TypedResults.Ok);
    }
}
