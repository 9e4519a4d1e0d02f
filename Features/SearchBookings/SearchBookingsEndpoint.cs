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
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/", Handle)
        .WithSummary("Bookings, newest first")
        .WithDescription("The dates are of the slot; search is a case-insensitive part of name, email or phone. As text/csv all that the filters select.")
        .Requires(Permission.BookingsRead)
        .AnswersTextAs(BookingsCsv.MediaType);

    private static async Task<Results<Ok<Paged<AdminBooking>>, PushStreamHttpResult, ProblemResult>> Handle(
        BoundRequest<SearchBookingsQuery> input, HttpContext context, IMediator mediator, Postgres postgres, ShopCalendar calendar, CancellationToken cancellationToken)
    {
        var asCsv = context.Negotiate("application/json", BookingsCsv.MediaType) == BookingsCsv.MediaType;
        var query = asCsv ? (SearchBookingsQuery)input.Request.ForExport() : input.Request;
        var outcome = await mediator.Send(query, cancellationToken);
        return outcome.Refusal is { } refusal ? new ProblemResult(refusal)
            : asCsv ? Csv()
            : TypedResults.Ok(outcome.Value);

        PushStreamHttpResult Csv() => TypedResults.Stream(
            output => HttpMethods.IsHead(context.Request.Method)
                ? Task.CompletedTask
                : new BookingsCsv(output, calendar).WriteAsync(postgres.QueryAllAsync(SearchBookingsHandler.Found(query), cancellationToken), cancellationToken),
            BookingsCsv.MediaType + "; charset=utf-8",
            "bookings.csv");
    }
}
