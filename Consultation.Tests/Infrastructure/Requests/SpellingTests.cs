using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.Requests;

/// <summary>The same thing, spelled otherwise: what is taken, and what becomes of it.</summary>
public sealed class SpellingTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private long _slot;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _slot = await service.SlotInAsync(24);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("2030-01-01T10:00:00z", "2030-01-01T10:00:00Z")]
    [InlineData("2030-01-01t10:00:00Z", "2030-01-01T10:00:00Z")]
    [InlineData("2030-01-01t10:00z", "2030-01-01T10:00:00Z")]
    [InlineData("2030-01-01T10:00:00+0545", "2030-01-01T04:15:00Z")]
    [InlineData("2030-01-01T10:00+05", "2030-01-01T05:00:00Z")]
    [InlineData("2030-01-01T10:00:00-03:30", "2030-01-01T13:30:00Z")]
    [InlineData("2030-01-01T10:00:00-0330", "2030-01-01T13:30:00Z")]
    [InlineData("2030-01-01T10:00:00\u221203:30", "2030-01-01T13:30:00Z")]
    [InlineData("2030-01-01T10:00:00-00:00", "2030-01-01T10:00:00Z")]
    [InlineData("2030-01-01T10:00:00.123456789Z", "2030-01-01T10:00:00.123456Z")]
    [InlineData("2030-01-01T10:00:00.999999999+00", "2030-01-01T10:00:00.999999Z")]
    [InlineData("2030-01-01T10:00:00.1234567890123456789012345678901234567890Z", "2030-01-01T10:00:00.123456Z")]
    [InlineData("2030-01-01T10:00:00,5Z", "2030-01-01T10:00:00.5Z")]
    [InlineData("2030-01-01T00:30:00+14:00", "2029-12-31T10:30:00Z")]
    public async Task An_instant(string spelled, string written)
    {
        var answer = await service.Http.PostAsync(HttpJson.AdminSlots, new { startTime = spelled, endTime = "2031-01-01T00:00:00Z" }, Tokens.Admin());

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal(written, answer["startTime"].GetValue<string>());
    }

    [Theory]
    [InlineData("2030-01-01T10:00:00+5")]
    [InlineData("2030-01-01T10:00:00+05:4")]
    [InlineData("2030-01-01T10:00:00+05:")]
    [InlineData("2030-01-01T10:00:00+05:60")]
    [InlineData("2030-01-01T10:00:00+24:00")]
    [InlineData("2030-01-01T10:00:00.Z")]
    [InlineData("2030-01-01T10:00:60Z")]
    [InlineData("2030-01-01T9:00:00Z")]
    [InlineData("2030-01-01T10:00:00Z ")]
    [InlineData("２０３０-01-01T10:00:00Z")]
    public async Task What_only_looks_like_an_instant(string text)
    {
        var refused = await service.Http.PostAsync(HttpJson.AdminSlots, new { startTime = text, endTime = "2031-01-01T00:00:00Z" }, Tokens.Admin());

        Assert.Equal(["startTime"], refused.BadMembers);
        Assert.Contains("2026-12-01T09:00:00Z", refused["errors"]["startTime"]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{0}.0")]
    [InlineData("{0}.000")]
    [InlineData("{0}e0")]
    [InlineData("{0}00E-2")]
    [InlineData("0.0{0}e3")]
    [InlineData("0.{0}E+2")]
    public async Task A_whole_number(string pattern)
    {
        await service.ExecuteAsync("update consultation_slot set id = 34 where id = @_slot", new { _slot });

        var answer = await service.Http.PostAsync(HttpJson.Book, Body("slotId", pattern.Replace("{0}", "34", StringComparison.Ordinal)));

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal(34, answer["slot"]["id"]!.GetValue<long>());
    }

    [Theory]
    [InlineData("9223372036854775807.0", 404)]
    [InlineData("9.223372036854775807e18", 404)]
    [InlineData("-0.0", 404)]
    [InlineData("0e99999999999999999999", 404)]
    [InlineData("1e-1", 400)]
    [InlineData("12.5", 400)]
    [InlineData("9223372036854775808.0", 400)]
    [InlineData("1e19", 400)]
    [InlineData("1e99999999999999999999", 400)]
    [InlineData("1e-99999999999999999999", 400)]
    [InlineData("1e-9223372036854775808", 400)]
    public async Task A_number_at_the_edges(string slotId, int status)
    {
        var answer = await service.Http.PostAsync(HttpJson.Book, Body("slotId", slotId));

        Assert.True(status == (int)answer.Status, answer.Text);
        if (status == 400)
            Assert.Equal(["slotId"], answer.BadMembers);
    }

    [Theory]
    [InlineData("30.0", 200)]
    [InlineData("3e1", 200)]
    [InlineData("2147483648.0", 400)]
    [InlineData("30.5", 400)]
    public async Task An_interval(string interval, int status)
    {
        var answer = await service.Http.PostAsync(
            $"{HttpJson.AdminSlots}/bulk",
            $$"""{"startDate":"2031-01-01","endDate":"2031-01-01","daysOfWeek":["MON-SUN"],"startTime":"09:00","endTime":"10:00","intervalMinutes":{{interval}},"dryRun":true}""",
            Tokens.Admin());

        Assert.Equal(status, (int)answer.Status);
    }

    [Theory]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json; charset=UTF8")]
    [InlineData("application/json; charset=\"utf8\"")]
    [InlineData("application/json;charset=Utf-8")]
    [InlineData("application/json; Charset=utf-8")]
    [InlineData("application/vnd.shop+json; charset=utf8")]
    [InlineData("application/json; version=1")]
    public async Task A_content_type(string contentType)
    {
        var answer = await RawHttp.SendAsync(
            service.Replica.Address, new RawRequest("POST", HttpJson.Book) { Headers = [("Content-Type", contentType)], Body = Encoding.UTF8.GetBytes(Body("slotId", $"{_slot}")) });

        Assert.Equal(201, answer.Status);
    }

    [Theory]
    [InlineData("आशा@उदाहरण.परीक्षा")]
    [InlineData("用户@例子.广告")]
    [InlineData("θσερ@παράδειγμα.δοκιμή")]
    [InlineData("𠮷野@𠮷野.example")]
    [InlineData("أحمد@مثال.إختبار")]
    [InlineData("ผู้ใช้@ตัวอย่าง.ทดสอบ")]
    public async Task An_email_address_of_any_script(string email) => Assert.Equal(email, await BookedAsync("email", email));

    [Theory]
    [InlineData("name", "Zoe\u0308", "Zoë")]
    [InlineData("email", "jo\u0308rg@bu\u0308cher.example", "jörg@bücher.example")]
    [InlineData("message", "e\u0301", "é")]
    [InlineData("name", "\u1112\u1161\u11ab", "한")]
    [InlineData("name", "\u212bngstr\u00f6m", "Ångström")]
    [InlineData("name", "e\u200e\u0301", "é")]
    [InlineData("name", "\u202eadA\u202c Lovelace", "adA Lovelace")]
    [InlineData("name", "\u2067Ada\u2069", "Ada")]
    [InlineData("name", "\u061cAda\u200e\u200f", "Ada")]
    [InlineData("name", " \u202a Ada \u202c ", "Ada")]
    [InlineData("message", "one\u202e\ntwo", "one\ntwo")]
    [InlineData("name", "می\u200cخواهم", "می\u200cخواهم")]
    [InlineData("email", "\u202aada@example.org\u202c", "ada@example.org")]
    [InlineData("email", "ada\u200b@exam\u00adple.org\ufeff", "ada@example.org")]
    [InlineData("phone", "\u202a+44 20 7946 0999\u202c", "+44 20 7946 0999")]
    [InlineData("phone", "+44\u00a020\u202f7946\u20090999\u3000", "+44 20 7946 0999")]
    [InlineData("phone", "020\u20117946\u20130999\u2212\u20101", "020-7946-0999--1")]
    [InlineData("phone", "\ufeff0\u200b20\u00ad 7946", "020 7946")]
    public async Task A_text(string member, string spelled, string kept) => Assert.Equal(kept, await BookedAsync(member, spelled));

    [Theory]
    [InlineData("\u200b")]
    [InlineData("\u200b \u2060\ufeff")]
    [InlineData("\u202e")]
    [InlineData("\u00ad\u00ad")]
    [InlineData("\u3164")]
    [InlineData("\u2800")]
    [InlineData("\ufe0f")]
    [InlineData("\u00a0\u3000")]
    public async Task A_text_of_which_nothing_can_be_seen_is_blank(string blank)
    {
        var refused = await service.Http.PostAsync(HttpJson.Book, Body("name", JsonValue.Create(blank).ToJsonString(), ("email", $"\"{blank}\""), ("phone", $"\"{blank}\"")));
        Assert.Equal(["email", "name", "phone"], refused.BadMembers.Order());

        var booked = await service.Http.PostAsync(HttpJson.Book, Body("message", JsonValue.Create(blank).ToJsonString()), Tokens.Customer(name: "Claim"));
        Assert.Equal(HttpStatusCode.Created, booked.Status);
        Assert.Null(booked.Body!["message"]);
    }

    [Fact]
    public async Task Lengths_are_those_of_what_is_kept()
    {
        Assert.Equal(120, (await BookedAsync("name", string.Concat(Enumerable.Repeat("e\u0301", 120))))!.Length);
        Assert.Equal(120, (await BookedAsync("name", $"\u202e{new string('x', 120)}\u202c"))!.Length);
    }

    [Fact]
    public async Task Claims_are_read_as_texts_of_the_body_are()
    {
        var booked = await service.Http.PostAsync(
            HttpJson.Book, new { slotId = _slot }, Tokens.Customer(name: "Zoe\u0308\u202e", email: "zoe\u0308@example.org\u200b", phone: "+44\u00a020 7946\u20110999"));

        Assert.True(booked.Status == HttpStatusCode.Created, booked.Text);
        Assert.Equal(("Zoë", "zoë@example.org", "+44 20 7946-0999"), (booked.Body!.TextOf("name"), booked.Body!.TextOf("email"), booked.Body!.TextOf("phone")));
    }

    [Theory]
    [InlineData("?search=Zoe%CC%88")]
    [InlineData("?search=%E2%80%AEZo%C3%AB")]
    [InlineData("?search=%20zo%C3%AB%20")]
    [InlineData("?customerId=%E2%80%8Ecustomer-1")]
    [InlineData("?search=%E2%80%8B")]
    [InlineData("?limit=%E2%80%8E20&page=%C2%A01")]
    public async Task A_query(string query)
    {
        await service.BookingAsync(_slot, "customer-1", name: "Zoë");

        Assert.Equal(1, (await new Staff(service.Http).Bookings(query)).Total());
    }

    [Fact]
    public async Task A_repeat_that_is_spelled_otherwise_is_a_repeat()
    {
        (string, string) key = ("Idempotency-Key", "spelled");
        var first = await service.Http.PostAsync(HttpJson.Book, Body("name", "\"Zoë\"", ("phone", "\"+44 20 7946\"")), null, key);

        var again = await service.Http.PostAsync(HttpJson.Book, Body("name", "\"Zoe\\u0308\\u202e \"", ("phone", "\"+44\\u00a020\\u200b 7946\""), ("slotId", $"{_slot}.0")), null, key);

        Assert.Equal(HttpStatusCode.Created, first.Status);
        Assert.Equal((HttpStatusCode.Created, "true"), (again.Status, again.Header("Idempotency-Replayed")));
    }

    [Theory]
    [InlineData("""{"startTime":"9:00"}""", "startTime", "Must be a time like 09:00")]
    [InlineData("""{"startTime":"24:00"}""", "startTime", "from 00:00 to 23:59")]
    [InlineData("""{"startTime":"22:00","endTime":"02:00"}""", "endTime", "24:00")]
    [InlineData("""{"startDate":"2026-02-30"}""", "startDate", "like 2026-12-31")]
    [InlineData("""{"excludeDates":["2026-12-25","25.12.2026"]}""", "excludeDates", "Item 2: Must be a date")]
    [InlineData("""{"breaks":[{"startTime":"12:00"}]}""", "breaks", "Item 1: endTime: Is missing.")]
    [InlineData("""{"breaks":[{"startTime":"12:00","endTime":"1 pm"}]}""", "breaks", "Item 1: endTime: Must be a time like 09:00")]
    [InlineData("""{"breaks":{"startTime":"12:00"}}""", "breaks", "Must be a list")]
    [InlineData("""{"onConflict":"Skip"}""", "onConflict", "fail, skip")]
    [InlineData("""{"intervalMinutes":"30"}""", "intervalMinutes", "without quotes")]
    [InlineData("""{"intervalMinutes":3}""", "intervalMinutes", "from 5 to 1440")]
    [InlineData("""{"dryRun":"yes"}""", "dryRun", "true or false")]
    [InlineData("""{"daysOfWeek":["someday"]}""", "daysOfWeek", "MON-FRI")]
    [InlineData("""{"timeZone":"Kathmandu"}""", "timeZone", "Europe/Berlin")]
    [InlineData("""{}""", "startTime", "Is missing.")]
    public async Task A_refusal_says_what_is_wrong_and_shows_what_is_right(string body, string member, string says)
    {
        var refused = await service.Http.PostAsync($"{HttpJson.AdminSlots}/bulk", body, Tokens.Admin());

        Assert.Contains(says, refused["errors"][member]![0]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private async Task<string?> BookedAsync(string member, string text)
    {
        var slot = await service.SlotInAsync(48 + Random.Shared.Next(100_000));
        var answer = await service.Http.PostAsync(HttpJson.Book, Body(member, JsonValue.Create(text).ToJsonString(), ("slotId", $"{slot}")));
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        return answer.Body!.TextOf(member);
    }

    /// <summary>A booking's body, in which values stand as they are.</summary>
    private string Body(string member, string json, params (string Member, string Json)[] more)
    {
        var members = new Dictionary<string, string> { ["slotId"] = $"{_slot}", ["name"] = "\"Ada\"", ["email"] = "\"ada@example.org\"", ["phone"] = "\"12345\"", [member] = json };
        foreach (var (other, value) in more)
            members[other] = value;
        return $"{{{string.Join(',', members.Select(pair => $"\"{pair.Key}\":{pair.Value}"))}}}";
    }
}
