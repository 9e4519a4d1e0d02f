using System.Security.Claims;
using Consultation.Infrastructure.Auth;

namespace Consultation.Features;

/// <summary>
/// By what somebody may see and end one booking: a customer's token, or the key that its confirmation gave. Either is enough, and without one of
/// them the booking is not there for them.
/// </summary>
internal readonly record struct BookingHolder(string? CustomerId, string? AccessKey)
{
    public const string KeyHeader = "Booking-Key";

    /// <summary>A booking <c>b</c> that is theirs, by the parameters <c>@CustomerId</c> and <c>@AccessKey</c>; null matches nothing.</summary>
    public const string IsTheirs = "(b.customer_id = @CustomerId or b.access_key = @AccessKey)";

    public static BookingHolder Of(ClaimsPrincipal user, string? accessKey) => new(user.IsCustomer() ? user.Sub() : null, accessKey);
}
