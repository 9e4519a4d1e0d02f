using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.ListSlots;

internal static class ListSlotsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/slots", Handle)
        .WithSummary("Open slots of a range of days")
        .WithDescription("Only slots that are active, have not started and have no booking, by startTime.")
        .AllowAnonymous()
        .LimitedBy(RateLimits.PublicSlots)
        .IsCached(Key);

    private static async Task<Results<Ok<SlotList>, ProblemResult>> Handle(BoundRequest<ListSlotsQuery> input, HttpContext context, IMediator mediator, CancellationToken cancellationToken)
    {
        var query = context.Features.Get<Days>() is var (from, to) ? input.Request with { DateFrom = from, DateTo = to } : input.Request;
        var outcome = await mediator.Send(query, cancellationToken);
        return outcome.ToHttp(list =>
        {
            if (list.Items is [var earliest, ..])
                context.Features.Set(new TrueUntil(earliest.StartTime));
            return TypedResults.Ok(list);
        });
    }

    /// <summary>The resolved range, so that every spelling of a query shares an entry, and "today" is another one tomorrow.</summary>
    private static string? Key(HttpContext context)
    {
        var query = BoundRequest<ListSlotsQuery>.FromQuery(context.Request.Query);
        if (query.BindingErrors.Count > 0)
            return null;
        var (from, to) = query.Range(context.RequestServices.GetRequiredService<ShopCalendar>());
        context.Features.Set(new Days(from, to));
        return CacheKeys.Build(from.ToString("O"), to.ToString("O"));
    }

    /// <summary>The days of the key, so that what is listed under it are they, also when midnight comes in between.</summary>
    private sealed record Days(DateOnly From, DateOnly To);
}
