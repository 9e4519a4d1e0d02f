using System.Net;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features;

/// <summary>The three places where bookings are had as a calendar.</summary>
public sealed class BookingCalendarDownloadTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly (string, string) Calendar = ("Accept", "text/calendar");

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_customers_calendar_has_all_of_their_bookings_whatever_the_page()
    {
        for (var i = 1; i <= 3; i++)
            await service.BookingAsync(await service.SlotInAsync(24 * i), "ada");
        await service.BookingAsync(await service.SlotInAsync(1), "bob");

        var answer = await service.Http.GetAsync(HttpJson.MyBookings + "?limit=1&page=0", Tokens.Customer("ada"), Calendar);

        IsCalendar(answer, events: 3);
        Assert.DoesNotContain("Ada", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_with_no_bookings_has_a_calendar_without_events() =>
        IsCalendar(await service.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer("nobody"), Calendar), events: 0);

    [Fact]
    public async Task One_booking_is_the_same_event_for_its_holder_its_customer_and_staff_who_see_whose_it_is()
    {
        var id = await service.HeldBookingAsync(await service.SlotInAsync(24), "ada");

        var one = await service.Http.GetAsync($"{HttpJson.MyBookings}/{id}", null, Calendar, ("Booking-Key", Holders.Key));
        var own = await service.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer("ada"), Calendar);
        var staffs = await service.Http.GetAsync(HttpJson.AdminBookings, Tokens.Admin(), Calendar);

        IsCalendar(one, events: 1);
        IsCalendar(own, events: 1);
        IsCalendar(staffs, events: 1);
        Assert.Equal(one.Text, own.Text);
        Assert.Equal(Line(one, "UID:"), Line(staffs, "UID:"));
        Assert.Contains("Ada Lovelace", Line(staffs, "SUMMARY:"), StringComparison.Ordinal);
        Assert.Equal("STATUS:CONFIRMED", Line(staffs, "STATUS:"));
    }

    [Fact]
    public async Task Another_program_reads_the_same_bookings()
    {
        var start = new DateTimeOffset(2031, 5, 6, 9, 0, 0, TimeSpan.Zero);
        await service.BookingAsync(await service.SlotAsync(start), name: @"Zoë, ""the"" Great; of \ and a name that is longer than a line of seventy-five");
        var answer = await service.Http.GetAsync(HttpJson.AdminBookings, Tokens.Admin(), Calendar);
        using var folder = new TemporaryFolder();
        var project = (await NodeProject.InstallAsync(Path.Combine(AppContext.BaseDirectory, "Features", "calendar"))).In(folder.Path);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "bookings.ics"), answer.Text, TestContext.Current.CancellationToken);

        var read = JsonNode.Parse(await project.RunAsync(TimeSpan.FromMinutes(1), "node", "read.mjs", "bookings.ics"))!.AsArray();

        var booking = Assert.Single(read)!;
        Assert.Equal(@"Consultation: Zoë, ""the"" Great; of \ and a name that is longer than a line of seventy-five", booking.TextOf("summary"));
        Assert.Equal(("2031-05-06T09:00:00.000Z", "2031-05-06T09:30:00.000Z"), (booking.TextOf("start"), booking.TextOf("end")));
        Assert.Equal(Line(answer, "UID:"), "UID:" + booking.TextOf("uid"));
    }

    [Fact]
    public async Task A_key_that_is_wrong_gives_no_calendar() =>
        Assert.Equal(HttpStatusCode.NotFound, (await service.Http.GetAsync(
            $"{HttpJson.MyBookings}/{await service.HeldBookingAsync(await service.SlotInAsync(24))}", null, Calendar, ("Booking-Key", Holders.WrongKey))).Status);

    private static void IsCalendar(Answer answer, int events)
    {
        Assert.Equal((HttpStatusCode.OK, "text/calendar; charset=utf-8"), (answer.Status, answer.Header("Content-Type")));
        Assert.Contains("Accept", answer.Header("Vary"), StringComparison.Ordinal);
        Assert.StartsWith("BEGIN:VCALENDAR\r\n", answer.Text, StringComparison.Ordinal);
        Assert.EndsWith("END:VCALENDAR\r\n", answer.Text, StringComparison.Ordinal);
        Assert.Equal(events, answer.Text.Split("BEGIN:VEVENT\r\n").Length - 1);
        Assert.Equal(events, answer.Text.Split("END:VEVENT\r\n").Length - 1);
    }

    private static string Line(Answer answer, string start) => answer.Text.Split("\r\n").Single(line => line.StartsWith(start, StringComparison.Ordinal));
}
