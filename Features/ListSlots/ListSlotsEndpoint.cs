using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Features.ListSlots;

/// <summary>It is made once and holds what it needs, since a list from memory is not worth a scope of services.</summary>
internal sealed class ListSlotsEndpoint(ResponseCache cache, ShopCalendar calendar, IMediator mediator)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/slots", ActivatorUtilities.CreateInstance<ListSlotsEndpoint>(routes.ServiceProvider).HandleAsync)
        .WithSummary("Open slots of a range of days")
        .WithDescription("Only slots that are active, have not started and have no booking, by startTime.")
        .AllowAnonymous()
        .LimitedBy(RateLimits.PublicSlots)
        .IsCached()
        .Produces<SlotList>();

    private async Task<Results<CachedResponse, ProblemResult>> HandleAsync(BoundRequest<ListSlotsQuery> bound, HttpContext context)
    {
        // "today" is settled here, so that what is listed under a key are its days, also when midnight comes in between
        var query = bound.Request.WithDefaults(calendar.Today);
        if (query.BindingErrors.Count > 0)
            return new ProblemResult((await mediator.Send(query)).Refusal!);

        var outcome = await cache.GetAsync(
            context, CacheKeys.Build(calendar.Zone.Id, query.DateFrom!.Value, query.DateTo!.Value), (mediator, query), static state => AskAsync(state.mediator, state.query));
        return outcome.Refusal is { } refusal ? new ProblemResult(refusal) : outcome.Value;
    }

    private static async Task<Outcome<Cacheable>> AskAsync(IMediator mediator, ListSlotsQuery query)
    {
        var outcome = await mediator.Send(query);
        if (outcome.Refusal is { } refusal)
            return refusal;
        var list = outcome.Value;
        return new Cacheable(list, list.Items is [var earliest, ..] ? earliest.StartTime : null);
    }
}
