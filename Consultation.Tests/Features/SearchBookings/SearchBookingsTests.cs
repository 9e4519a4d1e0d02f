using System.Net;
using Consultation.Tests.Support;
using Xunit;
using static Consultation.Tests.Support.Answers;

namespace Consultation.Tests.Features.SearchBookings;

public sealed class SearchBookingsTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private int _hours;

    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Without_bookings_the_first_page_is_empty()
    {
        var page = await Staff.Bookings();

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal("""{"items":[],"page":1,"limit":20,"total":0,"totalIsCapped":false,"next":null}""", page.Text);
    }

    [Fact]
    public async Task A_booking_is_shown_with_its_slot_and_everything_staff_may_know()
    {
        var slot = await service.SlotAsync(Instant("2031-05-06T09:00:00Z"));
        await service.Http.PostAsync(
            HttpJson.Book, new { slotId = slot, name = "Ada Lovelace", email = "ada@example.org", phone = "+44 20 7946 0000", message = "Ring\nthe bell" }, Tokens.Customer("customer-7"));

        var booking = (await Staff.Bookings())["items"][0]!;

        Assert.Equal(
            ["id", "status", "slot", "customerId", "name", "email", "phone", "message", "createdAt", "contactedAt", "contactedBy"], booking.Members());
        Assert.Equal(
            $$"""{"id":{{slot}},"date":"2031-05-06","startTime":"2031-05-06T09:00:00Z","endTime":"2031-05-06T09:30:00Z"}""", booking["slot"]!.ToJsonString());
        Assert.Equal(
            ("pending", "customer-7", "Ada Lovelace", "ada@example.org", "+44 20 7946 0000", "Ring\nthe bell", null, null),
            (booking.TextOf("status"), booking.TextOf("customerId"), booking.TextOf("name"), booking.TextOf("email"), booking.TextOf("phone"), booking.TextOf("message"),
                booking.TextOf("contactedAt"), booking.TextOf("contactedBy")));
    }

    [Fact]
    public async Task The_newest_comes_first_and_ties_are_broken_by_id_over_all_pages()
    {
        for (var i = 0; i < 9; i++)
            await BookingAsync("Somebody");
        await service.ExecuteAsync("update consultation_booking set created_at = case when id in (2, 5) then timestamptz '2026-02-02Z' else '2026-01-01Z' end");

        var staff = new Staff(service.StartReplica(("ConnectionStrings:Postgres", service.WithoutIndexes())).Http);

        var pages = await Task.WhenAll(Enumerable.Range(1, 5).Select(page => staff.Bookings($"?limit=2&page={page}")));

        Assert.Equal([5, 2, 9, 8, 7, 6, 4, 3, 1], pages.SelectMany(page => page.Ids()));
        Assert.All(pages, page => Assert.Equal(9, page.Total()));
    }

    [Fact]
    public async Task Each_filter_narrows_alone_and_all_of_them_narrow_together()
    {
        var bookings = new Dictionary<string, long>
        {
            ["guest"] = await service.BookingAsync(await service.SlotAsync(Instant("2031-05-01T23:59:00Z")), name: "Grace Hopper"),
            ["one"] = await service.BookingAsync(await service.SlotAsync(Instant("2031-05-02T00:00:00Z")), "customer-1"),
            ["done"] = await service.BookingAsync(await service.SlotAsync(Instant("2031-05-03T09:00:00Z")), "customer-1"),
            ["ten"] = await service.BookingAsync(await service.SlotAsync(Instant("2031-05-04T00:00:00Z")), "customer-10"),
        };
        await Staff.MarkContacted(bookings["done"]);

        async Task Gives(string query, params string[] expected)
        {
            var page = await Staff.Bookings(query);
            Assert.Equal((query, HttpStatusCode.OK), (query, page.Status));
            Assert.Equal((query, string.Join(' ', expected)), (query, string.Join(' ', page.Ids().Select(id => bookings.Single(booking => booking.Value == id).Key))));
            Assert.Equal(expected.Length, page.Total());
        }

        await Gives("?status=pending", "ten", "one", "guest");
        await Gives("?status=contacted", "done");
        await Gives("?dateFrom=2031-05-02", "ten", "done", "one");
        await Gives("?dateTo=2031-05-02", "one", "guest");
        await Gives("?dateFrom=2031-05-02&dateTo=2031-05-03", "done", "one");
        await Gives("?customerId=customer-1", "done", "one");
        await Gives("?customerId=customer-2");
        await Gives("?search=hopper", "guest");
        await Gives("?search=lovelace&customerId=customer-1&status=pending&dateFrom=2031-05-02&dateTo=2031-05-02", "one");
        await Gives("?search=hopper&customerId=customer-1");
        await Gives("?status=&dateFrom=&dateTo=&customerId=%20&search=%09&page=&limit=", "ten", "done", "one", "guest");
    }

    [Fact]
    public async Task Search_finds_a_part_of_name_email_or_phone_and_of_nothing_else()
    {
        var name = await BookingAsync("Niobe Needle", "a@example.org", "11111");
        var email = await BookingAsync("Bob", "needle@example.org", "22222");
        var phone = await BookingAsync("Cyd", "c@example.org", "+1 (234) 99-88.77");
        await service.ExecuteAsync("update consultation_booking set message = 'needle 99-88', customer_id = 'needle' where id = @phone", new { phone });

        Assert.Equal([email, name], (await Staff.Bookings("?search=needle")).Ids());
        Assert.Equal([email], (await Staff.Bookings("?search=LE@Exam")).Ids());
        Assert.Equal([phone], (await Staff.Bookings("?search=%20(234)%2099-88.%20")).Ids());
        Assert.Empty((await Staff.Bookings("?search=needles")).Ids());
    }

    [Theory]
    [InlineData("%", "100% Ada")]
    [InlineData("_", "Ada_L")]
    [InlineData(@"\", @"Ada\L")]
    [InlineData("0%", "100% Ada")]
    [InlineData("a_l", "Ada_L")]
    [InlineData(@"a\l", @"Ada\L")]
    [InlineData("%%", "")]
    [InlineData("__", "")]
    [InlineData(@"\\", "")]
    [InlineData(@"\_", "")]
    [InlineData("'", "O'Hara")]
    [InlineData("a'; drop table consultation_slot; --", "")]
    public async Task Search_takes_every_character_as_itself(string search, string found)
    {
        foreach (var name in new[] { "100% Ada", "Ada_L", @"Ada\L", "O'Hara", "Ada L" })
            await BookingAsync(name);

        var page = await Staff.Bookings($"?search={Uri.EscapeDataString(search)}");

        Assert.Equal(found, string.Join(',', page["items"].AsArray().Select(item => item!.TextOf("name"))));
    }

    [Theory]
    [InlineData("zoë", "ZOË ÅNGSTRÖM")]
    [InlineData("ångström", "ZOË ÅNGSTRÖM")]
    [InlineData("ÉLODIE", "élodie ñuñez")]
    [InlineData("ÑUÑEZ", "élodie ñuñez")]
    [InlineData("жуков", "ЖУКОВ")]
    [InlineData("ΑΘΗΝΑ", "αθηνα")]
    [InlineData("LOVELACE", "Ada Lovelace")]
    public async Task Search_knows_no_case_in_any_alphabet(string search, string name)
    {
        await BookingAsync("Somebody Else");
        var booking = await BookingAsync(name);

        Assert.Equal([booking], (await Staff.Bookings($"?search={Uri.EscapeDataString(search)}")).Ids());
    }

    [Fact]
    public async Task Search_takes_a_hundred_characters_after_trimming_and_no_more()
    {
        var booking = await BookingAsync(new string('x', 120));

        Assert.Equal([booking], (await Staff.Bookings($"?search=%20{new string('x', 100)}%20")).Ids());
        var longer = await Staff.Bookings($"?search={new string('x', 101)}");
        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (longer.Status, longer.Code));
        Assert.Equal(["search"], longer.BadMembers);
    }

    [Theory]
    [InlineData("?limit=1", 1, 1, "5")]
    [InlineData("?limit=1&page=5", 5, 1, "1")]
    [InlineData("?limit=2&page=3", 3, 2, "1")]
    [InlineData("?limit=5&page=2", 2, 5, "")]
    [InlineData("?limit=100", 1, 100, "5 4 3 2 1")]
    [InlineData("?page=100&limit=100", 100, 100, "")]
    public async Task A_page_holds_its_share_and_always_the_total(string query, int page, int limit, string ids)
    {
        for (var i = 0; i < 5; i++)
            await BookingAsync("Somebody");

        var answer = await Staff.Bookings(query);

        Assert.Equal((page, limit, 5L), (answer["page"].GetValue<int>(), answer["limit"].GetValue<int>(), answer.Total()));
        Assert.Equal(ids, string.Join(' ', answer.Ids()));
    }

    [Theory]
    [InlineData("?page=0", "page")]
    [InlineData("?page=2147483648", "page")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=101", "limit")]
    [InlineData("?status=Pending", "status")]
    [InlineData("?status=cancelled", "status")]
    [InlineData("?status=0", "status")]
    [InlineData("?status=pending,contacted", "status")]
    [InlineData("?status=pending&status=contacted", "status")]
    [InlineData("?dateFrom=2031-05-02&dateTo=2031-05-01", "dateTo")]
    [InlineData("?search=a%00b", "search")]
    [InlineData("?customerId=a%00b", "customerId")]
    [InlineData("?page=0&limit=x&status=y&dateFrom=2031-13-01&dateTo=z&search=a%0Ab", "dateFrom dateTo limit page search status")]
    public async Task A_bad_query_is_refused_with_every_bad_value_by_name(string query, string members)
    {
        var answer = await Staff.Bookings(query);

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code));
        Assert.Equal(members, string.Join(' ', answer.BadMembers.Order()));
    }

    [Theory]
    [InlineData("?search=%ED%A0%80")]
    [InlineData("?search=%FF")]
    [InlineData("?search=%F0%9F%98%80")]
    [InlineData("?customerId=%FF")]
    public async Task What_is_no_text_is_found_nowhere_and_breaks_nothing(string query)
    {
        await BookingAsync("Somebody");

        var answer = await Staff.Bookings(query);

        Assert.Equal((HttpStatusCode.OK, 0L), (answer.Status, answer.Total()));
    }

    private async Task<long> BookingAsync(string name, string email = "somebody@example.org", string phone = "00000") =>
        await service.BookingAsync(await service.SlotInAsync(++_hours), name: name, email: email, phone: phone);
}
