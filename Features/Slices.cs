using Consultation.Features.BookSlot;
using Consultation.Features.BulkDeleteSlots;
using Consultation.Features.BulkGenerateSlots;
using Consultation.Features.BulkSwitchSlots;
using Consultation.Features.CancelBooking;
using Consultation.Features.CancelMyBooking;
using Consultation.Features.CreateSlot;
using Consultation.Features.DeleteSlot;
using Consultation.Features.GetBooking;
using Consultation.Features.GetMyBooking;
using Consultation.Features.GetSlot;
using Consultation.Features.ListMyBookings;
using Consultation.Features.ListSlots;
using Consultation.Features.MarkContacted;
using Consultation.Features.SearchBookings;
using Consultation.Features.SearchCancelledBookings;
using Consultation.Features.SearchSlots;
using Consultation.Features.UpdateSlot;
using Consultation.Infrastructure.Errors;
using Consultation.Infrastructure.Http;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.RateLimiting;

namespace Consultation.Features;

/// <summary>Everything the service does, one line per slice.</summary>
internal static class Slices
{
    public const string AdminSlots = "/api/admin/consultations/slots";
    public const string AdminBookings = "/api/admin/consultations/bookings";

    public static void MapSlices(this IEndpointRouteBuilder app)
    {
        MapCustomer(app.MapGroup("/api/consultations").WithTags("Customer"));
        MapCustomer(app.MapGroup("/api/mobile/consultations").WithTags("Mobile").PrefixesOperations("mobile"));

        var slots = app.MapGroup(AdminSlots).WithTags("Admin slots").LimitedBy(RateLimits.Admin).AnswersHead().MayFail();
        SearchSlotsEndpoint.Map(slots);
        GetSlotEndpoint.Map(slots);
        CreateSlotEndpoint.Map(slots);
        BulkGenerateSlotsEndpoint.Map(slots);
        BulkSwitchSlotsEndpoint.Map(slots);
        BulkDeleteSlotsEndpoint.Map(slots);
        UpdateSlotEndpoint.Map(slots);
        DeleteSlotEndpoint.Map(slots);

        var bookings = app.MapGroup(AdminBookings).WithTags("Admin bookings").LimitedBy(RateLimits.Admin).AnswersHead().MayFail();
        SearchBookingsEndpoint.Map(bookings);
        GetBookingEndpoint.Map(bookings);
        SearchCancelledBookingsEndpoint.Map(bookings);
        MarkContactedEndpoint.Map(bookings);
        CancelBookingEndpoint.Map(bookings);
    }

    private static void MapCustomer(RouteGroupBuilder customer)
    {
        customer.AnswersHead().MayFail();
        ListSlotsEndpoint.Map(customer);
        BookSlotEndpoint.Map(customer);
        ListMyBookingsEndpoint.Map(customer);
        GetMyBookingEndpoint.Map(customer);
        CancelMyBookingEndpoint.Map(customer);
    }

    /// <summary>Every slice asks the database.</summary>
    private static RouteGroupBuilder MayFail(this RouteGroupBuilder slices) => slices.Refuses(Refusal.Internal, Refusal.Unavailable);
}
