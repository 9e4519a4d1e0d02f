using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Http;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Paging;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.ListMyBookings;

internal static class ListMyBookingsEndpoint
{
    private const string Json = "application/json";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/bookings", Handle)
        .WithSummary("The customer's own bookings, newest first")
        .WithDescription("As text/calendar all of them, not a page.")
        .ForCustomers()
        .LimitedBy(RateLimits.CustomerBookings)
        .AnswersTextAs(BookingCalendar.MediaType);

    private static async Task<Results<Ok<Paged<MyBooking>>, PushStreamHttpResult, ProblemResult>> Handle(
        BoundRequest<ListMyBookingsQuery> input, HttpContext context, IMediator mediator, Postgres postgres, CancellationToken cancellationToken)
    {
        var mediaType = context.Negotiate(Json, BookingCalendar.MediaType);
        var asked = mediaType == Json ? input.Request : (ListMyBookingsQuery)input.Request.ForExport();
        var query = asked with { CustomerId = context.User.Sub()! };
        var outcome = await mediator.Send(query, cancellationToken);
        if (outcome.Refusal is { } refusal)
            return new ProblemResult(refusal);
        if (mediaType == Json)
            return TypedResults.Ok(outcome.Value);

        var all = postgres.QueryAllAsync(ListMyBookingsHandler.BookingsOf(query.CustomerId), cancellationToken);
        return context.Download(mediaType, "bookings.ics", output => BookingCalendar.WriteAsync(
            output, all.Select(booking => new CalendarBooking(booking.Id, booking.CreatedAt, booking.Slot)), cancellationToken));
    }
}
