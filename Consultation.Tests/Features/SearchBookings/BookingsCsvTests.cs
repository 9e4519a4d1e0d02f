using System.Net;
using System.Text;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.SearchBookings;

public sealed class BookingsCsvTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string Header = "id,status,date,start,end,customerId,name,email,phone,message,createdAt,contactedAt,contactedBy";

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<Answer> CsvAsync(string query = "", HttpMethod? method = null) =>
        service.Http.SendAsync(method ?? HttpMethod.Get, HttpJson.AdminBookings + query, null, Tokens.Admin(), ("Accept", "text/csv"));

    [Fact]
    public async Task All_that_the_filters_select_is_one_file_whatever_the_page()
    {
        var slot = await service.SlotAsync(new DateTimeOffset(2031, 5, 6, 9, 0, 0, TimeSpan.Zero));
        var id = await service.BookingAsync(slot, "ada");
        await service.ExecuteAsync("update consultation_booking set created_at = '2031-05-01T10:11:12Z'");
        await service.BookingAsync(await service.SlotInAsync(1));

        var answer = await CsvAsync("?customerId=ada&page=7&limit=1000&after=x");

        Assert.Equal((HttpStatusCode.OK, "text/csv; charset=utf-8"), (answer.Status, answer.Header("Content-Type")));
        Assert.Contains("bookings.csv", answer.Header("Content-Disposition"), StringComparison.Ordinal);
        Assert.Contains("Accept", answer.Header("Vary"), StringComparison.Ordinal);
        var bytes = await answer.Message.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Encoding.UTF8.GetPreamble(), bytes[..3]);
        Assert.Equal(
            $"{Header}\r\n{id},pending,2031-05-06,2031-05-06 09:00,2031-05-06 09:30,ada,Ada Lovelace,ada@example.org,+44 20 7946 0000,,2031-05-01 10:11,,\r\n",
            Encoding.UTF8.GetString(bytes[3..]));
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0")]
    [InlineData("-2", "'-2")]
    [InlineData("a=1", "a=1")]
    [InlineData("Smith, \"Joe\"", "\"Smith, \"\"Joe\"\"\"")]
    [InlineData("=1,2", "\"'=1,2\"")]
    public async Task No_cell_runs_and_what_separates_cells_is_quoted(string name, string cell)
    {
        await service.BookingAsync(await service.SlotInAsync(24), name: name);

        Assert.Contains($",,{cell},ada@example.org,", (await CsvAsync()).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+44 20 7946 0000", "+44 20 7946 0000")]
    [InlineData("-12345", "'-12345")]
    [InlineData("+44 (20) 7946", "'+44 (20) 7946")]
    public async Task A_phone_number_of_plus_digits_and_spaces_stays_one(string phone, string cell)
    {
        await service.BookingAsync(await service.SlotInAsync(24), phone: phone);

        Assert.Contains($",ada@example.org,{cell},", (await CsvAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_are_what_the_shops_clocks_show()
    {
        await using var replica = service.StartReplica(("CONSULTATION_TIME_ZONE", "Asia/Kathmandu"));
        await service.BookingAsync(await service.SlotAsync(new DateTimeOffset(2031, 5, 6, 20, 0, 0, TimeSpan.Zero)));

        var answer = await replica.Http.GetAsync(HttpJson.AdminBookings, Tokens.Admin(), ("Accept", "text/csv"));

        Assert.Contains(",2031-05-07 01:45,2031-05-07 02:15,", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_one_statement_reads_come_in_one_file_each_once()
    {
        await service.ExecuteAsync(
            """
            with slot as (
                insert into consultation_slot (date, start_time, end_time)
                select (t at time zone 'UTC')::date, t, t + interval '1 minute'
                from (select timestamptz '2040-01-01Z' + n * interval '1 minute' from generate_series(1, 4100) n) as starts (t) returning id
            )
            insert into consultation_booking (slot_id, name, email, phone, created_at)
            select id, 'Ada', 'ada@example.org', '12345', timestamptz '2030-01-01Z' + (id % 7) * interval '1 day' from slot
            """);

        var lines = (await CsvAsync()).Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(4101, lines.Length);
        Assert.Equal(4100, lines.Skip(1).Select(line => line.Split(',')[0]).Distinct().Count());
    }

    [Theory]
    [InlineData("application/json", "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("text/csv;q=0.5, application/json;q=0.4", "text/csv")]
    [InlineData("text/csv;q=0", "application/json")]
    [InlineData("application/pdf", "application/json")]
    [InlineData("nonsense", "application/json")]
    public async Task The_answer_is_of_the_type_that_the_client_would_rather_have(string accept, string mediaType)
    {
        var answer = await service.Http.GetAsync(HttpJson.AdminBookings, Tokens.Admin(), ("Accept", accept));

        Assert.Equal((HttpStatusCode.OK, mediaType), (answer.Status, answer.Message.Content.Headers.ContentType!.MediaType));
        Assert.Contains("Accept", answer.Header("Vary"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_filter_is_refused_as_it_is_for_a_page_and_HEAD_has_no_body()
    {
        var refused = await CsvAsync("?status=none");
        var head = await CsvAsync(method: HttpMethod.Head);

        Assert.Equal((HttpStatusCode.BadRequest, "VALIDATION_FAILED"), (refused.Status, refused.Code));
        Assert.Equal((HttpStatusCode.OK, "", "text/csv"), (head.Status, head.Text, head.Message.Content.Headers.ContentType!.MediaType));
    }
}
