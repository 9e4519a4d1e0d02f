using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.BulkSwitchSlots;

public sealed class BulkSwitchSlotsTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly DateTimeOffset Monday = new(2031, 5, 5, 9, 0, 0, TimeSpan.Zero);

    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_holiday_is_switched_off_and_on_again_and_booked_slots_are_counted()
    {
        var day = new List<long>();
        for (var hour = 0; hour < 4; hour++)
            day.Add(await service.SlotAsync(Monday.AddHours(hour)));
        var next = await service.SlotAsync(Monday.AddDays(1));
        await service.BookingAsync(day[1]);
        var holiday = new { dateFrom = "2031-05-05", dateTo = "2031-05-05", isActive = false };

        var off = await Staff.SwitchSlots(holiday);

        Assert.Equal((HttpStatusCode.OK, """{"matched":4,"changed":4,"booked":1}"""), (off.Status, off.Text));
        Assert.Equal(day, (await Staff.Slots("?isActive=false")).Ids());
        Assert.Equal("""{"matched":4,"changed":0,"booked":1}""", (await Staff.SwitchSlots(holiday)).Text);
        Assert.Equal("CONSULTATION_SLOT_INACTIVE", (await service.Http.BookAsync(day[0])).Code);
        Assert.Equal(HttpStatusCode.Created, (await service.Http.BookAsync(next)).Status);
        Assert.Equal("""{"matched":4,"changed":4,"booked":1}""", (await Staff.SwitchSlots(new { holiday.dateFrom, holiday.dateTo, isActive = true })).Text);
    }

    [Fact]
    public async Task Weekdays_and_the_clock_are_those_of_the_zone_at_the_slots_start()
    {
        await service.SlotAsync(Monday.AddHours(-10)); // Sunday 23:00, in Kathmandu Monday 04:45
        var inside = await service.SlotAsync(Monday.AddHours(-9)); // Kathmandu Monday 05:45
        await service.SlotAsync(Monday.AddHours(3)); // Kathmandu 17:45

        var answer = await Staff.SwitchSlots(new
        {
            dateFrom = "2031-05-04",
            dateTo = "2031-05-06",
            daysOfWeek = new[] { "mon" },
            startTime = "05:45",
            endTime = "17:45",
            timeZone = "Asia/Kathmandu",
            isActive = false,
        });

        Assert.Equal("""{"matched":1,"changed":1,"booked":0}""", answer.Text);
        Assert.Equal([inside], (await Staff.Slots("?isActive=false")).Ids());
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_and_writes_nothing()
    {
        await service.SlotAsync(Monday);

        var answer = await Staff.SwitchSlots(new { dateFrom = "2031-05-05", dateTo = "2031-05-05", isActive = false, dryRun = true });

        Assert.Equal("""{"matched":1,"changed":1,"booked":0}""", answer.Text);
        Assert.Empty((await Staff.Slots("?isActive=false")).Ids());
    }

    [Fact]
    public async Task Everything_wrong_is_said_at_once()
    {
        Assert.Equal(["dateFrom", "dateTo", "isActive"], (await Staff.SwitchSlots(new { })).BadMembers.Order());
        Assert.Equal(
            ["dateTo", "daysOfWeek", "endTime", "isActive", "startTime", "timeZone"],
            (await Staff.SwitchSlots(new
            {
                dateFrom = "2031-05-05",
                dateTo = "2032-05-05",
                daysOfWeek = Array.Empty<string>(),
                startTime = "9:00",
                endTime = "00:00",
                timeZone = "Mars",
                isActive = 1,
            })).BadMembers.Order());
        Assert.Equal(["endTime"], (await Staff.SwitchSlots(new { dateFrom = "2031-05-05", dateTo = "2031-05-05", startTime = "10:00", endTime = "10:00", isActive = true })).BadMembers);
    }

    [Fact]
    public async Task More_than_one_request_may_write_is_refused()
    {
        await using var replica = service.StartReplica(("CONSULTATION_BULK_MAX_SLOTS", "2"));
        for (var hour = 0; hour < 3; hour++)
            await service.SlotAsync(Monday.AddHours(hour));

        var answer = await new Staff(replica.Http).SwitchSlots(new { dateFrom = "2031-05-05", dateTo = "2031-05-05", isActive = false });

        Assert.Equal(["dateTo"], answer.BadMembers);
        Assert.Empty((await Staff.Slots("?isActive=false")).Ids());
    }

    [Fact]
    public async Task Against_racing_bookings_each_slot_was_booked_before_or_refused_after()
    {
        for (var round = 0; round < 10; round++)
        {
            await service.ResetAsync();
            var slots = new List<long>();
            for (var i = 0; i < 8; i++)
                slots.Add(await service.SlotAsync(Monday.AddMinutes(30 * i)));

            var books = slots.ConvertAll(slot => service.Http.BookAsync(slot));
            var off = await Staff.SwitchSlots(new { dateFrom = "2031-05-05", dateTo = "2031-05-05", isActive = false });
            var answers = await Task.WhenAll(books);

            var booked = answers.Count(answer => answer.Status == HttpStatusCode.Created);
            Assert.Equal(booked, off["booked"].GetValue<int>());
            Assert.Equal(8 - booked, answers.Count(answer => answer.Code == "CONSULTATION_SLOT_INACTIVE"));
        }
    }
}
