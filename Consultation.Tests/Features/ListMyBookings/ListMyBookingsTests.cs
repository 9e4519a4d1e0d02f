using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.ListMyBookings;

public sealed class ListMyBookingsTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("/api/consultations/bookings")]
    [InlineData("/api/mobile/consultations/bookings")]
    public async Task A_booking_is_listed_as_it_was_made(string path)
    {
        var slot = await service.SlotInAsync(24);
        var booked = await service.Http.PostAsync(
            HttpJson.Book, new { slotId = slot, name = "Ada", email = "ada@example.org", phone = "12345", message = "Second floor?" }, Tokens.Customer("ada"));

        var answer = await service.Http.GetAsync(path, Tokens.Customer("ada"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(["items", "page", "limit", "total", "totalIsCapped", "next"], answer.Body!.AsObject().Select(member => member.Key));
        Assert.Equal((1, 20, 1), (answer["page"].GetValue<int>(), answer["limit"].GetValue<int>(), answer["total"].GetValue<int>()));
        var item = Assert.Single(answer["items"].AsArray())!.AsObject();
        Assert.Equal(["id", "status", "slot", "message", "createdAt", "contactedAt"], item.Select(member => member.Key));
        Assert.Equal("pending", item["status"]!.GetValue<string>());
        Assert.Equal("Second floor?", item["message"]!.GetValue<string>());
        Assert.Null(item["contactedAt"]);
        Assert.Equal(booked["id"].ToJsonString(), item["id"]!.ToJsonString());
        Assert.Equal(booked["createdAt"].ToJsonString(), item["createdAt"]!.ToJsonString());
        Assert.Equal(booked["slot"].ToJsonString(), item["slot"]!.ToJsonString());
    }

    [Fact]
    public async Task Nobody_sees_the_bookings_of_another_customer_or_of_guests()
    {
        await service.BookingAsync(await service.SlotInAsync(1), "another");
        await service.BookingAsync(await service.SlotInAsync(2), customerId: null);
        await service.BookingAsync(await service.SlotInAsync(3), "ADA");
        var mine = await service.BookingAsync(await service.SlotInAsync(4), "ada");

        var answer = await service.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer("ada"));

        Assert.Equal([mine], Ids(answer));
        Assert.Equal(1, answer["total"].GetValue<int>());
    }

    [Fact]
    public async Task A_customer_without_bookings_has_an_empty_page()
    {
        var answer = await service.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer("nobody"));

        Assert.Equal("""{"items":[],"page":1,"limit":20,"total":0,"totalIsCapped":false,"next":null}""", answer.Text);
    }

    [Fact]
    public async Task The_newest_come_first_and_ties_are_broken_by_id()
    {
        var old = await service.BookingAsync(await service.SlotInAsync(9), "ada");
        var tied = await service.BookingAsync(await service.SlotInAsync(5), "ada");
        var tiedToo = await service.BookingAsync(await service.SlotInAsync(3), "ada");
        var newest = await service.BookingAsync(await service.SlotInAsync(7), "ada");
        await service.ExecuteAsync("update consultation_booking set created_at = '2026-01-01Z' where id = @old", new { old });
        await service.ExecuteAsync("update consultation_booking set created_at = '2026-02-01Z' where id in (@tied, @tiedToo)", new { tied, tiedToo });

        Assert.Equal([newest, tiedToo, tied, old], Ids(await service.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer("ada"))));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_overlap()
    {
        for (var hours = 1; hours <= 5; hours++)
            await service.BookingAsync(await service.SlotInAsync(hours), "ada");
        var pages = new List<long>();

        for (var page = 1; page <= 3; page++)
        {
            var answer = await service.Http.GetAsync($"{HttpJson.MyBookings}?page={page}&limit=2", Tokens.Customer("ada"));
            Assert.Equal((page, 2, 5), (answer["page"].GetValue<int>(), answer["limit"].GetValue<int>(), answer["total"].GetValue<int>()));
            pages.AddRange(Ids(answer));
        }

        Assert.Equal([5, 4, 3, 2, 1], pages);
    }

    [Theory]
    [InlineData("page=4&limit=2")]
    [InlineData("page=100&limit=100")]
    public async Task A_page_beyond_the_last_is_empty_and_still_says_the_total(string query)
    {
        await service.BookingAsync(await service.SlotInAsync(1), "ada");

        var answer = await service.Http.GetAsync($"{HttpJson.MyBookings}?{query}", Tokens.Customer("ada"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Empty(Ids(answer));
        Assert.Equal(1, answer["total"].GetValue<int>());
    }

    [Theory]
    [InlineData("page=0", "page")]
    [InlineData("page=-1", "page")]
    [InlineData("page=one", "page")]
    [InlineData("page=1.5", "page")]
    [InlineData("page=99999999999999999999", "page")]
    [InlineData("page=1&page=2", "page")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("page=0&limit=x", "limit,page")]
    public async Task A_page_that_cannot_be_is_refused_by_name(string query, string members)
    {
        var refused = await service.Http.GetAsync($"{HttpJson.MyBookings}?{query}", Tokens.Customer());

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(members, string.Join(",", refused.BadMembers.Order()));
    }

    [Theory]
    [InlineData("limit=100", 100)]
    [InlineData("limit=1", 1)]
    [InlineData("limit=&page=", 20)]
    public async Task A_limit_is_from_one_to_a_hundred_and_twenty_unless_asked(string query, int limit)
    {
        var answer = await service.Http.GetAsync($"{HttpJson.MyBookings}?{query}", Tokens.Customer());

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(limit, answer["limit"].GetValue<int>());
    }

    [Fact]
    public async Task A_contacted_booking_says_when_but_not_by_whom()
    {
        var booking = await service.BookingAsync(await service.SlotInAsync(1), "ada");
        await service.Http.PatchAsync($"{HttpJson.AdminBookings}/{booking}", new { status = "contacted" }, Tokens.AdminOf("staff-7", "consultation:bookings:write"));

        var answer = await service.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer("ada"));

        Assert.Equal("contacted", answer["items"][0]!["status"]!.GetValue<string>());
        Assert.EndsWith("Z", answer["items"][0]!["contactedAt"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain("staff-7", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_booking_whose_slot_was_switched_off_or_has_passed_stays_in_the_history()
    {
        var off = await service.BookingAsync(await service.SlotInAsync(2, active: false), "ada");
        var past = await service.BookingAsync(await service.SlotInAsync(-2), "ada");

        Assert.Equal([past, off], Ids(await service.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer("ada"))));
    }

    private static IEnumerable<long> Ids(Answer answer) => answer["items"].AsArray().Select(item => item!["id"]!.GetValue<long>());
}
