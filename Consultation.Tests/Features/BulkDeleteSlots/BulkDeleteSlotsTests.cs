using System.Net;
using Consultation.Features;
using Consultation.Infrastructure.Time;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.BulkDeleteSlots;

public sealed class BulkDeleteSlotsTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly DateTimeOffset Monday = new(2031, 5, 5, 9, 0, 0, TimeSpan.Zero);

    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Those_without_a_booking_go_and_booked_ones_are_kept()
    {
        var kept = await service.SlotAsync(Monday);
        await service.BookingAsync(kept);
        await service.SlotAsync(Monday.AddHours(1));
        await service.SlotAsync(Monday.AddHours(2), active: false);
        var later = await service.SlotAsync(Monday.AddHours(5));

        var answer = await Staff.DeleteSlots("?dateFrom=2031-05-05&dateTo=2031-05-05&startTime=09:00&endTime=12:00&daysOfWeek=TUE,SUN-MON");

        Assert.Equal((HttpStatusCode.OK, """{"matched":3,"deleted":2,"kept":1}"""), (answer.Status, answer.Text));
        Assert.Equal([kept, later], (await Staff.Slots()).Ids());
    }

    [Fact]
    public async Task A_dry_run_deletes_nothing()
    {
        await service.SlotAsync(Monday);

        var answer = await Staff.DeleteSlots("?dateFrom=2031-05-05&dateTo=2031-05-05&dryRun=true");

        Assert.Equal("""{"matched":1,"deleted":1,"kept":0}""", answer.Text);
        Assert.Single((await Staff.Slots()).Ids());
    }

    [Theory]
    [InlineData("", "dateFrom dateTo")]
    [InlineData("?dateFrom=2031-05-05&dateTo=2031-05-04", "dateTo")]
    [InlineData("?dateFrom=2031-05-05&dateTo=2031-05-05&daysOfWeek=XYZ", "daysOfWeek")]
    [InlineData("?dateFrom=2031-05-05&dateTo=2031-05-05&daysOfWeek=MON,,TUE&startTime=24:00&dryRun=yes", "daysOfWeek dryRun startTime")]
    public async Task Bad_values_are_named_and_nothing_is_deleted(string query, string members)
    {
        await service.SlotAsync(Monday);

        Assert.Equal(members, string.Join(' ', (await Staff.DeleteSlots(query)).BadMembers.Order()));
        Assert.Single((await Staff.Slots()).Ids());
    }

    [Fact]
    public async Task Against_racing_bookings_no_booked_slot_goes_and_no_error_comes()
    {
        for (var round = 0; round < 10; round++)
        {
            await service.ResetAsync();
            var slots = new List<long>();
            for (var i = 0; i < 8; i++)
                slots.Add(await service.SlotAsync(Monday.AddMinutes(30 * i)));

            var books = slots.ConvertAll(slot => service.Http.BookAsync(slot));
            var delete = await Staff.DeleteSlots("?dateFrom=2031-05-05&dateTo=2031-05-05");
            var answers = await Task.WhenAll(books);

            var booked = answers.Count(answer => answer.Status == HttpStatusCode.Created);
            Assert.Equal((booked, 8 - booked), (delete["kept"].GetValue<int>(), delete["deleted"].GetValue<int>()));
            Assert.Equal(8 - booked, answers.Count(answer => answer.Code == "CONSULTATION_SLOT_NOT_FOUND"));
        }
    }

    [Fact]
    public void An_hour_that_occurs_twice_is_selected_twice_and_one_that_is_skipped_is_not()
    {
        var berlin = TimeZones.Find("Europe/Berlin")!;

        var twice = SlotStretches.Of(new(2031, 10, 26), new(2031, 10, 26), DaysOfWeek.All, new WallTime(120), new WallTime(180), berlin).ToList();
        var skipped = SlotStretches.Of(new(2031, 3, 30), new(2031, 3, 30), DaysOfWeek.All, new WallTime(120), new WallTime(180), berlin).ToList();
        var whole = SlotStretches.Of(new(2031, 10, 26), new(2031, 10, 26), DaysOfWeek.All, default, new WallTime(WallTime.MinutesOfDay), berlin).ToList();

        Assert.Equal([new TimeSpan(1, 0, 0), new TimeSpan(1, 0, 0)], twice.Select(stretch => stretch.To - stretch.From));
        Assert.Empty(skipped);
        Assert.Equal(TimeSpan.FromHours(25), whole.Aggregate(TimeSpan.Zero, (sum, stretch) => sum + (stretch.To - stretch.From)));
    }
}
