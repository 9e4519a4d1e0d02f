using System.Net;
using Consultation.Tests.Support;
using Dapper;
using Xunit;

namespace Consultation.Tests.Features.BookSlot;

/// <summary>Guarantee 4: once staff are told that a slot is off, moved or gone, nobody books it as it was.</summary>
public sealed class BookSlotAgainstStaffTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const int Rounds = 100;

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Whatever_races_a_deactivation_no_booking_is_made_after_its_answer() =>
        await RaceAsync(
            slot => service.Http.PatchAsync($"{HttpJson.AdminSlots}/{slot}", new { isActive = false }, Tokens.Admin()),
            (staff, bookedThen, bookings, _) =>
            {
                Assert.Equal(HttpStatusCode.OK, staff.Status);
                Assert.Equal(bookedThen, bookings.Count(booking => booking.Status == HttpStatusCode.Created));
                Assert.All(
                    bookings.Where(booking => booking.Status != HttpStatusCode.Created),
                    refused => Assert.Contains(refused.Code, new[] { "CONSULTATION_SLOT_INACTIVE", "CONSULTATION_SLOT_ALREADY_BOOKED" }));
            });

    [Fact]
    public async Task Whatever_races_a_deletion_either_the_slot_or_the_booking_is_there() =>
        await RaceAsync(
            slot => service.Http.DeleteAsync($"{HttpJson.AdminSlots}/{slot}", Tokens.Admin()),
            (staff, bookedThen, bookings, _) =>
            {
                var booked = bookings.Count(booking => booking.Status == HttpStatusCode.Created);
                Assert.Equal(staff.Status == HttpStatusCode.NoContent ? 0 : 1, booked);
                Assert.Equal(bookedThen, booked);
                if (booked == 1)
                    Assert.Equal("CONSULTATION_BOOKING_SLOT_RESTRICTED", staff.Code);
                else
                    Assert.All(bookings, refused => Assert.Equal("CONSULTATION_SLOT_NOT_FOUND", refused.Code));
            });

    [Fact]
    public async Task Whatever_races_a_move_a_booking_is_of_the_time_that_it_says() =>
        await RaceAsync(
            slot => service.Http.PatchAsync(
                $"{HttpJson.AdminSlots}/{slot}",
                new { startTime = service.Clock.GetUtcNow().AddDays(500).AddMinutes(slot), endTime = service.Clock.GetUtcNow().AddDays(501).AddMinutes(slot) },
                Tokens.Admin()),
            (staff, _, bookings, original) =>
            {
                var booked = Assert.Single(bookings, booking => booking.Status == HttpStatusCode.Created);
                var start = booked["slot"]["startTime"]!.GetValue<DateTimeOffset>();
                if (staff.Status == HttpStatusCode.OK)
                    Assert.Equal(staff["startTime"].GetValue<DateTimeOffset>(), start);
                else
                    Assert.Equal(("CONSULTATION_BOOKING_SLOT_RESTRICTED", original), (staff.Code, start));
            });

    [Fact]
    public async Task A_booking_that_waited_for_a_deactivation_is_refused()
    {
        var slot = await service.SlotInAsync(24);

        var booking = await WhileHeldAsync(
            "select from consultation_slot where id = @slot for update",
            "update consultation_slot set is_active = false where id = @slot",
            slot,
            () => service.Http.BookAsync(slot));

        Assert.Equal("CONSULTATION_SLOT_INACTIVE", booking.Code);
    }

    [Fact]
    public async Task A_booking_that_waited_for_a_move_is_of_the_new_time()
    {
        var slot = await service.SlotInAsync(24);

        var booking = await WhileHeldAsync(
            "select from consultation_slot where id = @slot for update",
            "update consultation_slot set start_time = start_time + interval '1 day', end_time = end_time + interval '1 day', date = date + 1 where id = @slot",
            slot,
            () => service.Http.BookAsync(slot));

        Assert.Equal(HttpStatusCode.Created, booking.Status);
        Assert.Equal(await service.ScalarAsync<DateTime>("select start_time from consultation_slot"), booking["slot"]["startTime"]!.GetValue<DateTimeOffset>().UtcDateTime);
    }

    [Fact]
    public async Task A_booking_that_waited_for_a_move_into_the_past_is_refused()
    {
        var slot = await service.SlotInAsync(24);

        var booking = await WhileHeldAsync(
            "select from consultation_slot where id = @slot for update",
            "update consultation_slot set start_time = start_time - interval '2 day', end_time = end_time - interval '2 day', date = date - 2 where id = @slot",
            slot,
            () => service.Http.BookAsync(slot));

        Assert.Equal("CONSULTATION_SLOT_PAST_DATE", booking.Code);
    }

    [Fact]
    public async Task A_booking_that_waited_for_a_deletion_finds_no_slot()
    {
        var slot = await service.SlotInAsync(24);

        var booking = await WhileHeldAsync(
            "select from consultation_slot where id = @slot for update", "delete from consultation_slot where id = @slot", slot, () => service.Http.BookAsync(slot));

        Assert.Equal("CONSULTATION_SLOT_NOT_FOUND", booking.Code);
    }

    [Fact]
    public async Task A_move_that_waited_for_a_booking_is_refused()
    {
        var slot = await service.SlotInAsync(24);
        var start = service.Clock.GetUtcNow().AddDays(3);

        var move = await WhileHeldAsync(
            "select from consultation_slot where id = @slot for no key update",
            "insert into consultation_booking (slot_id, name, email, phone) values (@slot, 'Ada', 'ada@example.org', '12345')",
            slot,
            () => service.Http.PatchAsync($"{HttpJson.AdminSlots}/{slot}", new { startTime = start, endTime = start.AddHours(1) }, Tokens.Admin()));

        Assert.Equal("CONSULTATION_BOOKING_SLOT_RESTRICTED", move.Code);
    }

    [Fact]
    public async Task A_deletion_that_waited_for_a_booking_is_refused()
    {
        var slot = await service.SlotInAsync(24);

        var deletion = await WhileHeldAsync(
            "select from consultation_slot where id = @slot for no key update",
            "insert into consultation_booking (slot_id, name, email, phone) values (@slot, 'Ada', 'ada@example.org', '12345')",
            slot,
            () => service.Http.DeleteAsync($"{HttpJson.AdminSlots}/{slot}", Tokens.Admin()));

        Assert.Equal("CONSULTATION_BOOKING_SLOT_RESTRICTED", deletion.Code);
    }

    /// <summary>
    /// Four bookings and one change by staff at the same time, again and again. Whoever won starts a little later in the next round,
    /// so that on any machine the two keep meeting where it is anybody's race.
    /// </summary>
    private async Task RaceAsync(Func<long, Task<Answer>> change, Action<Answer, int, Answer[], DateTimeOffset> judge)
    {
        await service.Http.GetAsync("/health/live", token: null);
        var wonByBooking = 0;
        var head = 0.0; // of the bookings before staff, in milliseconds
        for (var round = 0; round < Rounds; round++)
        {
            var slot = await service.SlotInAsync(24 + round);
            var original = await service.ScalarAsync<DateTime>("select start_time from consultation_slot where id = @slot", new { slot });

            var staff = StaffAsync(slot, head);
            var bookings = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => BookAsync(slot, (i * (round % 5) * 0.2) - head)));
            var (answer, bookedThen) = await staff;

            judge(answer, bookedThen, bookings, original);
            Assert.InRange(await service.ScalarAsync<int>("select count(*) from consultation_booking where slot_id = @slot", new { slot }), 0, 1);
            wonByBooking += bookedThen;
            head += bookedThen == 1 ? -0.4 : 0.4;
        }
        Assert.InRange(wonByBooking, Rounds / 10, Rounds * 9 / 10); // else it was no race

        async Task<(Answer, int)> StaffAsync(long slot, double milliseconds)
        {
            await SpinAsync(milliseconds);
            var answer = await change(slot);
            // what is not committed now must never be
            return (answer, await service.ScalarAsync<int>("select count(*) from consultation_booking where slot_id = @slot", new { slot }));
        }

        async Task<Answer> BookAsync(long slot, double milliseconds)
        {
            await SpinAsync(milliseconds);
            return await service.Http.BookAsync(slot);
        }
    }

    /// <summary>Timers are too coarse to shift two requests against each other by less than a millisecond.</summary>
    private static Task SpinAsync(double milliseconds) => Task.Run(() =>
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (clock.Elapsed.TotalMilliseconds < milliseconds)
            Thread.SpinWait(20);
    });

    /// <summary>Sends a request while a transaction holds the slot; when it waits for it, the transaction changes the slot and commits.</summary>
    private async Task<Answer> WhileHeldAsync(string hold, string change, long slot, Func<Task<Answer>> send)
    {
        await using var connection = await service.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(hold, new { slot }, transaction);

        var sent = send();
        await Eventually.Async("the request waits for the slot", TimeSpan.FromSeconds(3), async () =>
            await service.ScalarAsync<bool>("select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"));
        await connection.ExecuteAsync(change, new { slot }, transaction);
        await transaction.CommitAsync();
        return await sent;
    }
}
