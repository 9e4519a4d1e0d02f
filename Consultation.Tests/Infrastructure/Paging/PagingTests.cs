using System.Net;
using Consultation.Infrastructure.Paging;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.Paging;

/// <summary>The four paged lists go on from where they ended, however deep.</summary>
public sealed class PagingTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private Staff Staff => new(service.Http);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Two of each have the same instant, so that ids have to break the tie.</summary>
    private Task SevenOfEachAsync() => service.ExecuteAsync(
        """
        with slot as (
            insert into consultation_slot (date, start_time, end_time)
            select '2031-01-01', timestamptz '2031-01-01Z' + n * interval '1 hour', timestamptz '2031-01-01Z' + n * interval '1 hour 1 minute'
            from generate_series(1, 7) n returning id
        ), booking as (
            insert into consultation_booking (slot_id, customer_id, name, email, phone, created_at)
            select id, 'ada', 'Ada', 'ada@example.org', '12345', timestamptz '2020-01-01Z' + (id / 2) * interval '1 second' from slot returning id
        )
        insert into consultation_cancelled_booking
            (id, slot_id, date, start_time, end_time, name, email, phone, created_at, cancelled_at, cancelled_by)
        select 1000 + id, 1, '2031-01-01', '2031-01-01Z', '2031-01-01T01:00Z', 'Ada', 'ada@example.org', '12345', now(),
            timestamptz '2030-01-01Z' + (id / 2) * interval '1 second', 'guest'
        from booking
        """);

    [Theory]
    [InlineData("/api/admin/consultations/slots", true)]
    [InlineData("/api/admin/consultations/bookings", true)]
    [InlineData("/api/admin/consultations/bookings/cancelled", true)]
    [InlineData("/api/consultations/bookings", false)]
    public async Task Following_next_gives_each_row_once_in_the_order_of_the_list(string path, bool isStaffs)
    {
        await SevenOfEachAsync();
        var token = isStaffs ? Tokens.Admin() : Tokens.Customer("ada");
        var all = (await service.Http.GetAsync(path, token)).Ids();
        Assert.Equal(7, all.Length);

        var seen = new List<long>();
        var query = "?limit=3";
        for (var pages = 1; ; pages++)
        {
            var page = await service.Http.GetAsync(path + query, token);
            seen.AddRange(page.Ids());
            Assert.Equal(7, page.Total());
            Assert.Equal(pages == 1 ? 1 : null, page.Body!["page"]?.GetValue<int>());
            if (page.Body!["next"] is not { } next)
            {
                Assert.Equal(3, pages);
                break;
            }
            query = $"?limit=3&after={next}";
        }
        Assert.Equal(all, seen);
    }

    [Fact]
    public async Task Rows_written_meanwhile_make_no_other_row_come_twice_or_not_at_all()
    {
        await SevenOfEachAsync();
        var before = (await Staff.Bookings()).Ids();
        var first = await Staff.Bookings("?limit=4");
        await service.BookingAsync(await service.SlotInAsync(1));
        await Staff.CancelBooking(before[1]);

        var rest = await Staff.Bookings($"?limit=4&after={first["next"]}");

        Assert.Equal(before, first.Ids().Concat(rest.Ids()));
        Assert.Null(rest.Body!["next"]);
    }

    [Theory]
    [InlineData("?page=2&after={next}", "page")]
    [InlineData("?after={next}x", "after")]
    [InlineData("?after=nonsense", "after")]
    [InlineData("?after={next}&status=pending", "after")]
    [InlineData("?page=101&limit=100", "page")]
    [InlineData("?page=10001&limit=1", "page")]
    [InlineData("?page=2147483647&limit=100", "page")]
    public async Task What_leads_nowhere_is_refused_by_its_name(string query, string member)
    {
        await SevenOfEachAsync();
        var next = (await Staff.Bookings("?limit=2"))["next"].ToString();

        var answer = await Staff.Bookings(query.Replace("{next}", next, StringComparison.Ordinal));

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (answer.Status, answer.Code));
        Assert.Equal([member], answer.BadMembers);
    }

    [Fact]
    public async Task A_next_of_one_list_does_not_lead_on_in_another()
    {
        await SevenOfEachAsync();
        var next = (await Staff.Slots("?limit=2"))["next"];

        Assert.Equal(["after"], (await Staff.Bookings($"?after={next}")).BadMembers);
        Assert.Equal(["after"], (await Staff.CancelledBookings($"?after={next}")).BadMembers);
        Assert.Equal(HttpStatusCode.OK, (await Staff.Slots($"?limit=5&after={next}")).Status);
    }

    [Fact]
    public async Task Beyond_ten_thousand_rows_the_total_is_capped_and_next_goes_on()
    {
        await service.ExecuteAsync(
            """
            insert into consultation_slot (date, start_time, end_time)
            select (t at time zone 'UTC')::date, t, t + interval '1 minute'
            from (select timestamptz '2040-01-01Z' + n * interval '1 minute' from generate_series(1, 10001) n) as starts (t)
            """);

        var last = await Staff.Slots("?limit=100&page=100");
        var beyond = await Staff.Slots($"?limit=100&after={last["next"]}");

        Assert.Equal((10_000, true), (last.Total(), last["totalIsCapped"].GetValue<bool>()));
        Assert.Single(beyond["items"].AsArray());
        await service.ExecuteAsync("delete from consultation_slot where start_time = (select max(start_time) from consultation_slot)");
        Assert.Equal((10_000, false), ((await Staff.Slots()).Total(), (await Staff.Slots())["totalIsCapped"].GetValue<bool>()));
    }

    [Fact]
    public void A_cursor_is_read_as_it_was_written_and_any_other_text_is_none()
    {
        var cursor = new PageCursor(new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero).AddTicks(1230), 42, ulong.MaxValue);
        var text = cursor.ToString();

        Assert.True(PageCursor.TryParse(text, null, out var read));
        Assert.Equal(cursor, read);
        for (var i = 0; i < text.Length - 1; i++) // of the last character two bits mean nothing
            Assert.False(PageCursor.TryParse(text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..], null, out _), $"{i}");
        Assert.False(PageCursor.TryParse("", null, out _));
    }
}
