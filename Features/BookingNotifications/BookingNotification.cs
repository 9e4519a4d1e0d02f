using System.Data.Common;
using Consultation.Infrastructure.Outbox;
using NodaTime;

namespace Consultation.Features.BookingNotifications;

/// <summary>A booking that has just been committed, with what its confirmations say.</summary>
internal sealed record ConfirmedBooking(long Id, string? CustomerId, string Name, string Email, string? AccessKey, DateTimeOffset CreatedAt, Slot Slot);

/// <summary>One job that a booking or its cancellation owes, with all that it says.</summary>
internal sealed record BookingNotification
{
    public const string SendEmail = "notification.send_email";
    public const string SendPush = "notification.send_push";
    public const string Booked = "consultation.booking_created";
    public const string Cancelled = "consultation.booking_cancelled";

    public required string Job { get; init; }
    public required string Template { get; init; }
    public required string DedupKey { get; init; }
    public long BookingId { get; init; }
    public string? CustomerId { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public string? AccessKey { get; init; }
    public DateTimeOffset BookedAt { get; init; }
    public required Slot Slot { get; init; }

    /// <summary>The outbox of bookings: its rows hold no personal data, which is read beside them.</summary>
    public static OutboxDefinition Outbox(ShopOptions shop) =>
        new(BookingNotificationsSql.Table, BookingNotificationsSql.Columns, BookingNotificationsSql.Joins, row => Of(row).ToData(shop.TimeZone).ToJson());

    /// <summary>
    /// What <see cref="BookingNotificationsSql.OweConfirmations"/> has written of a booking, to be sent without being read back.
    /// </summary>
    public static IEnumerable<OutboxJob> ConfirmationsOf(ConfirmedBooking booking, DateTimeZone zone)
    {
        yield return Job(SendEmail, $"consultation:booking:{booking.Id}:email");
        if (booking.CustomerId is { } customer)
            yield return Job(SendPush, $"consultation:booking:{booking.Id}:push:{customer}");

        OutboxJob Job(string name, string dedupKey) => new(name, dedupKey, () => Of(booking, name, dedupKey).ToData(zone).ToJson());
    }

    /// <summary>Throws for a job that this version does not know: the row waits for one that does.</summary>
    public NotificationData ToData(DateTimeZone zone)
    {
        var slot = new NotificationSlot(
            Slot.Id, Slot.Date, Slot.StartTime.UtcDateTime, Slot.EndTime.UtcDateTime, zone.Id, SlotSummary.Of(Slot.StartTime, Slot.EndTime, zone));
        var data = new NotificationData(DedupKey, BookingId, Template, Name, slot);
        return (Job, Template) switch
        {
            (SendEmail, Booked) => data with { To = Email, AccessKey = AccessKey, Calendar = BookingCalendar.OfOne(BookingId, BookedAt, Slot) },
            (SendEmail, Cancelled) => data with { To = Email },
            (SendPush, Booked or Cancelled) when CustomerId is not null => data with { CustomerId = CustomerId },
            _ => throw new NotSupportedException($"No job {Job} with template {Template} can be made of booking {BookingId}."),
        };
    }

    private static BookingNotification Of(ConfirmedBooking booking, string job, string dedupKey) => new()
    {
        Job = job,
        Template = Booked,
        DedupKey = dedupKey,
        BookingId = booking.Id,
        CustomerId = booking.CustomerId,
        Name = booking.Name,
        Email = booking.Email,
        AccessKey = booking.AccessKey,
        BookedAt = booking.CreatedAt,
        Slot = booking.Slot,
    };

    private static BookingNotification Of(DbDataReader row)
    {
        var id = row.GetInt64(row.GetOrdinal("booking_id"));
        if (row.IsDBNull(row.GetOrdinal("name")))
            throw new NotSupportedException($"There is no booking {id}, neither as it stands nor cancelled.");
        return new BookingNotification
        {
            Job = row.GetString(row.GetOrdinal("job")),
            Template = row.GetString(row.GetOrdinal("template")),
            DedupKey = row.GetString(row.GetOrdinal("dedup_key")),
            BookingId = id,
            CustomerId = TextOrNull("customer_id"),
            Name = row.GetString(row.GetOrdinal("name")),
            Email = row.GetString(row.GetOrdinal("email")),
            AccessKey = TextOrNull("access_key"),
            BookedAt = row.GetFieldValue<DateTimeOffset>(row.GetOrdinal("booked_at")),
            Slot = new Slot
            {
                Id = row.GetInt64(row.GetOrdinal("slot_id")),
                Date = row.GetFieldValue<DateOnly>(row.GetOrdinal("date")),
                StartTime = row.GetFieldValue<DateTimeOffset>(row.GetOrdinal("start_time")),
                EndTime = row.GetFieldValue<DateTimeOffset>(row.GetOrdinal("end_time")),
            },
        };

        string? TextOrNull(string column) => row.GetOrdinal(column) is var at && row.IsDBNull(at) ? null : row.GetString(at);
    }
}
