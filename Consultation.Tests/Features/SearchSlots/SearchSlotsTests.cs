using System.Net;
using Consultation.Tests.Support;
using Xunit;
using static Consultation.Tests.Support.Answers;

namespace Consultation.Tests.Features.SearchSlots;

public sealed class SearchSlotsTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Without_slots_the_first_page_is_empty()
    {
        var page = await Staff.Slots();

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal("""{"items":[],"page":1,"limit":20,"total":0,"totalIsCapped":false,"next":null}""", page.Text);
    }

    [Fact]
    public async Task A_slot_is_shown_with_everything_staff_may_know()
    {
        var id = await service.SlotAsync(Instant("2031-05-06T09:00:00Z"), minutes: 45);
        await service.BookingAsync(id);

        var slot = (await Staff.Slots())["items"][0]!;

        Assert.Equal(["id", "date", "startTime", "endTime", "isActive", "isBooked", "createdAt", "updatedAt"], slot.Members());
        Assert.Equal(
            (id.ToString(), "2031-05-06", "2031-05-06T09:00:00Z", "2031-05-06T09:45:00Z", "true", "true"),
            (slot.TextOf("id"), slot.TextOf("date"), slot.TextOf("startTime"), slot.TextOf("endTime"), slot.TextOf("isActive"), slot.TextOf("isBooked")));
    }

    [Fact]
    public async Task Slots_come_by_start_whatever_the_order_in_which_they_were_made_past_ones_too()
    {
        var late = await service.SlotAsync(Instant("2031-05-08T09:00:00Z"));
        var past = await service.SlotAsync(Instant("2020-05-08T09:00:00Z"));
        var early = await service.SlotAsync(Instant("2031-05-07T09:00:00Z"));

        Assert.Equal([past, early, late], (await Staff.Slots()).Ids());
    }

    [Fact]
    public async Task Slots_of_one_start_are_ordered_by_id_over_all_pages()
    {
        // One start under several dates is what a change of the shop's zone leaves behind. Written backwards and read without an index,
        // so that the order is nobody's but the statement's.
        await service.ExecuteAsync(
            """
            insert into consultation_slot (id, date, start_time, end_time) overriding system value
            select 1000 - n, date '2031-05-01' + n, '2031-05-06T09:00:00Z', '2031-05-06T09:30:00Z' from generate_series(1, 9) n
            """);

        var staff = new Staff(service.StartReplica(("ConnectionStrings:Postgres", service.WithoutIndexes())).Http);

        var pages = await Task.WhenAll(Enumerable.Range(1, 5).Select(page => staff.Slots($"?limit=2&page={page}")));

        Assert.Equal(Enumerable.Range(991, 9).Select(id => (long)id), pages.SelectMany(page => page.Ids()));
        Assert.All(pages, page => Assert.Equal(9, page.Total()));
    }

    [Fact]
    public async Task Each_filter_narrows_alone_and_all_of_them_narrow_together()
    {
        var slots = new Dictionary<string, long>
        {
            ["first"] = await service.SlotAsync(Instant("2031-05-01T23:59:00Z")),
            ["off"] = await service.SlotAsync(Instant("2031-05-02T00:00:00Z"), active: false),
            ["booked"] = await service.SlotAsync(Instant("2031-05-02T09:00:00Z")),
            ["off-booked"] = await service.SlotAsync(Instant("2031-05-03T09:00:00Z"), active: false),
            ["last"] = await service.SlotAsync(Instant("2031-05-04T00:00:00Z")),
        };
        await service.BookingAsync(slots["booked"]);
        await service.BookingAsync(slots["off-booked"]);

        async Task Gives(string query, params string[] expected)
        {
            var page = await Staff.Slots(query);
            Assert.Equal((query, HttpStatusCode.OK), (query, page.Status));
            Assert.Equal((query, string.Join(' ', expected)), (query, string.Join(' ', page.Ids().Select(id => slots.Single(slot => slot.Value == id).Key))));
            Assert.Equal(expected.Length, page.Total());
        }

        await Gives("?dateFrom=2031-05-02", "off", "booked", "off-booked", "last");
        await Gives("?dateTo=2031-05-02", "first", "off", "booked");
        await Gives("?dateFrom=2031-05-02&dateTo=2031-05-03", "off", "booked", "off-booked");
        await Gives("?dateFrom=2031-05-03&dateTo=2031-05-03", "off-booked");
        await Gives("?isActive=true", "first", "booked", "last");
        await Gives("?isActive=false", "off", "off-booked");
        await Gives("?isBooked=true", "booked", "off-booked");
        await Gives("?isBooked=false", "first", "off", "last");
        await Gives("?isActive=true&isBooked=false", "first", "last");
        await Gives("?isActive=false&isBooked=true&dateFrom=2031-05-02&dateTo=2031-05-03", "off-booked");
        await Gives("?isActive=false&isBooked=true&dateFrom=2031-05-04");
        await Gives("?dateFrom=&dateTo=&isActive=&isBooked=%20&page=&limit=", "first", "off", "booked", "off-booked", "last");
    }

    [Fact]
    public async Task A_range_may_be_longer_than_customers_may_ask_for()
    {
        var id = await service.SlotAsync(Instant("2031-05-06T09:00:00Z"));

        Assert.Equal([id], (await Staff.Slots("?dateFrom=0001-01-01&dateTo=9999-12-31")).Ids());
    }

    [Theory]
    [InlineData("?limit=1", 1, 1, "1")]
    [InlineData("?limit=1&page=5", 5, 1, "5")]
    [InlineData("?limit=2&page=3", 3, 2, "5")]
    [InlineData("?limit=5&page=1", 1, 5, "1 2 3 4 5")]
    [InlineData("?limit=5&page=2", 2, 5, "")]
    [InlineData("?limit=100", 1, 100, "1 2 3 4 5")]
    [InlineData("?page=6&limit=1", 6, 1, "")]
    [InlineData("?page=100&limit=100", 100, 100, "")]
    public async Task A_page_holds_its_share_and_always_the_total(string query, int page, int limit, string ids)
    {
        for (var hour = 1; hour <= 5; hour++)
            await service.SlotInAsync(hour);

        var answer = await Staff.Slots(query);

        Assert.Equal((page, limit, 5L), (answer["page"].GetValue<int>(), answer["limit"].GetValue<int>(), answer.Total()));
        Assert.Equal(ids, string.Join(' ', answer.Ids()));
    }

    [Fact]
    public async Task A_page_has_twenty_slots_unless_asked_otherwise_and_a_hundred_at_most()
    {
        await service.ExecuteAsync(
            """
            insert into consultation_slot (date, start_time, end_time)
            select '2031-05-06', start, start + interval '5 minutes'
            from generate_series(timestamptz '2031-05-06T00:00:00Z', '2031-05-06T10:00:00Z', interval '5 minutes') start
            """);

        Assert.Equal(20, (await Staff.Slots()).Ids().Length);
        var largest = await Staff.Slots("?limit=100&page=2");
        Assert.Equal((21, 121L), (largest.Ids().Length, largest.Total()));
    }

    [Theory]
    [InlineData("?page=0", "page")]
    [InlineData("?page=-1", "page")]
    [InlineData("?page=2147483648", "page")]
    [InlineData("?page=99999999999999999999", "page")]
    [InlineData("?page=1.0", "page")]
    [InlineData("?page=1%00", "page")]
    [InlineData("?page=%D9%A1", "page")]
    [InlineData("?page=1&page=2", "page")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=101", "limit")]
    [InlineData("?limit=ten", "limit")]
    [InlineData("?dateFrom=2031-02-29", "dateFrom")]
    [InlineData("?dateTo=1.5.2031", "dateTo")]
    [InlineData("?dateFrom=2031-05-02&dateTo=2031-05-01", "dateTo")]
    [InlineData("?isActive=yes", "isActive")]
    [InlineData("?isActive=True", "isActive")]
    [InlineData("?isBooked=1", "isBooked")]
    [InlineData("?page=0&limit=101&dateFrom=x&dateTo=y&isActive=z&isBooked=z", "dateFrom dateTo isActive isBooked limit page")]
    public async Task A_bad_query_is_refused_with_every_bad_value_by_name(string query, string members)
    {
        var answer = await Staff.Slots(query);

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code));
        Assert.Equal(members, string.Join(' ', answer.BadMembers.Order()));
    }

    [Fact]
    public async Task An_unknown_query_value_is_ignored() =>
        Assert.Equal(HttpStatusCode.OK, (await Staff.Slots("?colour=blue")).Status);
}
