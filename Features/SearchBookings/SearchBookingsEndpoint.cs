using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Http;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Paging;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.SearchBookings;

internal static class SearchBookingsEndpoint
{
    private const string Json = "application/json";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/", Handle)
        .WithSummary("Bookings, newest first")
        .WithDescription("""
            The dates are of the slot; search is a case-insensitive part of name, email or phone. As text/csv or text/calendar all that the filters select,
            not a page.
            """)
        .Requires(Permission.BookingsRead)
        .AnswersTextAs(BookingsCsv.MediaType)
        .AnswersTextAs(BookingCalendar.MediaType);

    private static async Task<Results<Ok<Paged<AdminBooking>>, PushStreamHttpResult, ProblemResult>> Handle(
        BoundRequest<SearchBookingsQuery> input, HttpContext context, IMediator mediator, Postgres postgres, ShopCalendar calendar, CancellationToken cancellationToken)
    {
        var mediaType = context.Negotiate(Json, BookingsCsv.MediaType, BookingCalendar.MediaType);
        var query = mediaType == Json ? input.Request : (SearchBookingsQuery)input.Request.ForExport();
        var outcome = await mediator.Send(query, cancellationToken);
        if (outcome.Refusal is { } refusal)
            return new ProblemResult(refusal);

        var all = postgres.QueryAllAsync(SearchBookingsHandler.Found(query), cancellationToken);
        return mediaType switch
        {
            BookingsCsv.MediaType => context.Download(
                mediaType, "bookings.csv", output => new BookingsCsv(output, calendar).WriteAsync(all, cancellationToken)),
            BookingCalendar.MediaType => context.Download(
                mediaType,
                "bookings.ics",
                output => BookingCalendar.WriteAsync(
                    output, all.Select(booking => new CalendarBooking(booking.Id, booking.CreatedAt, booking.Slot, booking.Name)), cancellationToken)),
            _ => TypedResults.Ok(outcome.Value),
        };
    }
}
