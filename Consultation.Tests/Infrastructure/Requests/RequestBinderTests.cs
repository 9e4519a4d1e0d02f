using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Consultation.Tests.Infrastructure.Requests;

/// <summary>How bodies are read, through routes that have one.</summary>
public sealed class InputTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const int MaxBody = 64 * 1024;

    private long _slot;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _slot = await service.SlotInAsync(24);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("{")]
    [InlineData("not json")]
    [InlineData("{\"slotId\":1,}")]
    [InlineData("{slotId:1}")]
    [InlineData("{'slotId':1}")]
    [InlineData("{} {}")]
    [InlineData("// comment\n{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("5")]
    [InlineData("   ")]
    [InlineData("{\"name\":\"\\x\"}")]
    [InlineData("{\"\\ud800\":1}")]
    public async Task A_malformed_body_is_refused_as_a_whole(string body)
    {
        foreach (var answer in new[]
        {
            await service.Http.PostAsync(HttpJson.Book, body),
            await service.Http.PostAsync(HttpJson.AdminSlots, body, Tokens.Admin()),
            await service.Http.PatchAsync($"{HttpJson.AdminSlots}/{_slot}", body, Tokens.Admin()),
        })
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Equal("VALIDATION_FAILED", answer.Code);
            Assert.Equal(["body"], answer.BadMembers);
        }
    }

    [Fact]
    public async Task A_body_that_is_not_utf8_is_malformed()
    {
        var bytes = Encoding.Latin1.GetBytes("""{"slotId":1,"name":"J""" + "\u00fc" + """rg","email":"ada@example.org","phone":"12345"}""");

        Assert.Equal(["body"], (await SendAsync(bytes, "application/json")).BadMembers);
    }

    [Fact]
    public async Task A_member_that_nobody_knows_has_to_be_utf8_too() =>
        Assert.Equal(["body"], (await SendAsync([.. Valid()[..^1], .. ",\"other\":\""u8, 0xFF, .. "\"}"u8], "application/json")).BadMembers);

    [Fact]
    public async Task What_else_is_wrong_is_said_beside_a_malformed_body()
    {
        var refused = await service.Http.PostAsync(HttpJson.Book, "{", Tokens.Customer(email: "nobody"), ("Idempotency-Key", "a b"));

        Assert.Equal(["Idempotency-Key", "body", "email"], refused.BadMembers.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_lone_surrogate_is_refused_by_its_members_name()
    {
        var refused = await service.Http.PostAsync(HttpJson.Book, $$"""{"slotId":{{_slot}},"name":"A\ud800","email":"ada@example.org","phone":"12345"}""");

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(["name"], refused.BadMembers);
    }

    [Fact]
    public async Task A_body_nested_beyond_reason_is_malformed()
    {
        var refused = await service.Http.PostAsync(HttpJson.Book, new string('[', 1000) + new string(']', 1000));

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(["body"], refused.BadMembers);
    }

    [Theory]
    [InlineData("Content-Length: 500", "{", true)]
    [InlineData("Content-Length: 500", "{", false)]
    [InlineData("Transfer-Encoding: chunked", "1\r\n{\r\n", true)]
    [InlineData("Transfer-Encoding: chunked", "1\r\n{\r\n", false)]
    public async Task A_client_that_hangs_up_in_the_middle_of_its_body_is_no_error(string framing, string part, bool reset)
    {
        using var counted = new Counted(service.Replica);
        for (var times = 0; times < 20; times++)
        {
            using (var client = new TcpClient())
            {
                await client.ConnectAsync(service.Replica.Address.Host, service.Replica.Address.Port, TestContext.Current.CancellationToken);
                var request = $"POST {HttpJson.Book} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{framing}\r\n\r\n{part}";
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
                await Eventually.Async("the request has come", TimeSpan.FromSeconds(10), () => Task.FromResult(UnderWay() == 1));
                if (reset)
                    client.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            await Eventually.Async("it has ended", TimeSpan.FromSeconds(10), () => Task.FromResult(UnderWay() == 0));
        }

        Assert.DoesNotContain(service.Replica.Log.All, line => line.Level >= LogLevel.Warning);

        long UnderWay() => counted["http.server.active_requests url.scheme=http http.request.method=POST"];
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task No_body_at_all_is_refused_as_a_bad_request(string? contentType)
    {
        var refused = await SendAsync([], contentType);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(["body"], refused.BadMembers);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/jsonp")]
    public async Task A_body_of_another_content_type_is_unsupported(string? contentType)
    {
        var refused = await SendAsync(Valid(), contentType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, refused.Status);
        Assert.Equal("UNSUPPORTED_MEDIA_TYPE", refused.Code);
        Assert.Equal("application/problem+json", refused.Message.Content.Headers.ContentType?.MediaType);
        Assert.Equal(0, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;charset=\"UTF-8\"")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/merge-patch+json")]
    public async Task Json_by_every_spelling_is_read(string contentType) => Assert.Equal(HttpStatusCode.Created, (await SendAsync(Valid(), contentType)).Status);

    [Fact]
    public async Task A_byte_order_mark_does_no_harm() =>
        Assert.Equal(HttpStatusCode.Created, (await SendAsync([0xEF, 0xBB, 0xBF, .. Valid()], "application/json")).Status);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_64_kib_is_read_and_one_more_byte_is_too_large(bool chunked)
    {
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(Valid(MaxBody), "application/json", chunked)).Status);

        var refused = await SendAsync(Valid(MaxBody + 1), "application/json", chunked);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.Status);
        Assert.Equal("PAYLOAD_TOO_LARGE", refused.Code);
        Assert.Equal("application/problem+json", refused.Message.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData(MaxBody, HttpStatusCode.Created)]
    [InlineData(MaxBody + 1, HttpStatusCode.RequestEntityTooLarge)]
    public async Task Framing_does_not_count_not_even_that_of_chunks_of_one_byte(int length, HttpStatusCode status)
    {
        var answer = await RawHttp.SendAsync(
            service.Replica.Address, new RawRequest("POST", HttpJson.Book) { Headers = [("Content-Type", "application/json")], Body = Valid(length), ChunkSize = 1 });

        Assert.Equal((int)status, answer.Status);
    }

    [Fact]
    public async Task A_chunked_body_is_read() => Assert.Equal(HttpStatusCode.Created, (await SendAsync(Valid(), "application/json", chunked: true)).Status);

    [Theory]
    [InlineData("\"name\":\"Eve\"", "name")]
    [InlineData("\"slotId\":2", "slotId")]
    [InlineData("\"other\":1,\"other\":2", "other")]
    [InlineData("\"other\":{\"a\":1,\"a\":2}", "other")]
    [InlineData("\"n\\u0061me\":\"Eve\"", "name")]
    public async Task A_member_given_twice_is_refused(string more, string member)
    {
        var refused = await service.Http.PostAsync(HttpJson.Book, $$"""{"slotId":{{_slot}},"name":"Ada","email":"ada@example.org","phone":"12345",{{more}}}""");

        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal([member], refused.BadMembers);
    }

    [Fact]
    public async Task Unknown_members_are_ignored()
    {
        var answer = await service.Http.PostAsync(
            HttpJson.Book, $$"""{"$schema":"x","slotId":{{_slot}},"name":"Ada","email":"ada@example.org","phone":"12345","extra":{"deep":[1,{"er":null}]} }""");

        Assert.Equal(HttpStatusCode.Created, answer.Status);
    }

    [Theory]
    [InlineData("Contacted")]
    [InlineData("CONTACTED")]
    [InlineData("done")]
    [InlineData("1")]
    [InlineData("contacted,pending")]
    public async Task Enums_are_known_by_their_lower_case_names_alone(string status)
    {
        var booking = await service.BookingAsync(_slot);

        var patched = await service.Http.PatchAsync($"{HttpJson.AdminBookings}/{booking}", new { status }, Tokens.Admin());
        var searched = await service.Http.GetAsync($"{HttpJson.AdminBookings}?status={status}", Tokens.Admin());

        Assert.Equal(["status"], patched.BadMembers);
        Assert.Equal(["status"], searched.BadMembers);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("[\"contacted\"]")]
    [InlineData("null")]
    public async Task An_enum_is_a_text(string status)
    {
        var booking = await service.BookingAsync(_slot);

        Assert.Equal(["status"], (await service.Http.PatchAsync($"{HttpJson.AdminBookings}/{booking}", $$"""{"status":{{status}}}""", Tokens.Admin())).BadMembers);
    }

    [Theory]
    [InlineData("2030-01-01T10:00:00Z", "2030-01-01T10:00:00Z")]
    [InlineData("2030-01-01T10:00Z", "2030-01-01T10:00:00Z")]
    [InlineData("2030-01-01T10:00:00+05:45", "2030-01-01T04:15:00Z")]
    [InlineData("2030-01-01T10:00:00-11:00", "2030-01-01T21:00:00Z")]
    [InlineData("2030-01-01T10:00:00.5Z", "2030-01-01T10:00:00.5Z")]
    [InlineData("2030-01-01T10:00:00.1234567+00:00", "2030-01-01T10:00:00.123456Z")]
    public async Task An_instant_may_have_any_offset_and_comes_back_in_utc(string start, string written)
    {
        var answer = await service.Http.PostAsync(HttpJson.AdminSlots, new { startTime = start, endTime = "2031-01-01T00:00:00Z" }, Tokens.Admin());

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(written, answer["startTime"].GetValue<string>());
    }

    [Theory]
    [InlineData("\"2030-01-01T10:00:00\"")]
    [InlineData("\"2030-01-01\"")]
    [InlineData("\"2030-01-01 10:00:00Z\"")]
    [InlineData("\"2030-01-01T25:00:00Z\"")]
    [InlineData("\"2030-02-30T10:00:00Z\"")]
    [InlineData("\"2030-01-01T10:00:00 UTC\"")]
    [InlineData("\"2030-01-01T10:00:00+99:00\"")]
    [InlineData("\"0001-01-01T00:00:00+14:00\"")]
    [InlineData("\"9999-12-31T23:59:59-14:00\"")]
    [InlineData("\"soon\"")]
    [InlineData("1893492000")]
    public async Task An_instant_without_an_offset_or_out_of_the_calendar_is_refused(string start)
    {
        var refused = await service.Http.PostAsync(HttpJson.AdminSlots, $$"""{"startTime":{{start}},"endTime":"2031-01-01T00:00:00Z"}""", Tokens.Admin());

        Assert.Equal("VALIDATION_FAILED", refused.Code);
        Assert.Equal(["startTime"], refused.BadMembers);
    }

    [Fact]
    public async Task A_body_without_any_known_member_is_refused_where_all_are_optional()
    {
        Assert.Equal("VALIDATION_FAILED", (await service.Http.PatchAsync($"{HttpJson.AdminSlots}/{_slot}", new { unknown = 1 }, Tokens.Admin())).Code);
    }

    private byte[] Valid(int length = 0)
    {
        var body = new JsonObject { ["slotId"] = _slot, ["name"] = "Ada", ["email"] = "ada@example.org", ["phone"] = "12345", ["padding"] = "" };
        var missing = length - Encoding.UTF8.GetByteCount(body.ToJsonString());
        if (missing > 0)
            body["padding"] = new string('x', missing);
        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }

    private async Task<Answer> SendAsync(byte[] body, string? contentType, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, HttpJson.Book) { Content = new ByteArrayContent(body) };
        if (contentType is not null)
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        request.Headers.TransferEncodingChunked = chunked;
        var response = await service.Http.SendAsync(request);
        return new Answer(response, await response.Content.ReadAsStringAsync());
    }
}
