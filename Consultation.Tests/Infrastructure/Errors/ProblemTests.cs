using System.Net;
using System.Text.Json;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.Errors;

/// <summary>Every status that an error can have, in its one shape.</summary>
public sealed class ProblemTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_bad_value_is_a_400_that_names_it()
    {
        var answer = await service.Http.GetAsync($"{HttpJson.Slots}?dateFrom=x", token: null);

        IsProblem(answer, 400, "VALIDATION_FAILED", "errors");
        Assert.Equal(JsonValueKind.String, Assert.Single(answer["errors"]["dateFrom"]!.AsArray())!.GetValueKind());
    }

    [Fact]
    public async Task No_token_is_a_401_that_says_how()
    {
        var answer = await service.Http.GetAsync(HttpJson.MyBookings, token: null);

        IsProblem(answer, 401, "UNAUTHORIZED");
        Assert.StartsWith("Bearer", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_another_role_is_a_403() => IsProblem(await service.Http.GetAsync(HttpJson.MyBookings, Tokens.Admin()), 403, "FORBIDDEN");

    [Theory]
    [InlineData("/api")]
    [InlineData("/api/consultations")]
    [InlineData("/api/consultations/nothing")]
    [InlineData("/api/consultations/slots/1")]
    [InlineData("/api/mobile/consultations/slots/x/y")]
    [InlineData("/health")]
    [InlineData("/openapi/v2.json")]
    public async Task An_unknown_route_is_a_404(string path)
    {
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Delete })
            IsProblem(await service.Http.SendAsync(method, path), 404, "NOT_FOUND");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("abc")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("0x1")]
    [InlineData("%201")]
    [InlineData("١")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999999")]
    public async Task An_id_in_a_path_that_is_no_positive_64_bit_number_is_a_404(string id)
    {
        var admin = Tokens.Admin();

        IsProblem(await service.Http.GetAsync($"{HttpJson.AdminSlots}/{id}", admin), 404, "NOT_FOUND");
        IsProblem(await service.Http.PatchAsync($"{HttpJson.AdminSlots}/{id}", new { isActive = true }, admin), 404, "NOT_FOUND");
        IsProblem(await service.Http.DeleteAsync($"{HttpJson.AdminSlots}/{id}", admin), 404, "NOT_FOUND");
        IsProblem(await service.Http.GetAsync($"{HttpJson.AdminBookings}/{id}", admin), 404, "NOT_FOUND");
        IsProblem(await service.Http.PatchAsync($"{HttpJson.AdminBookings}/{id}", new { status = "contacted" }, admin), 404, "NOT_FOUND");
    }

    [Theory]
    [InlineData("1")]
    [InlineData("007")]
    [InlineData("9223372036854775807")]
    public async Task An_id_of_no_row_is_a_404_with_a_code_of_its_own(string id)
    {
        var admin = Tokens.Admin();

        IsProblem(await service.Http.GetAsync($"{HttpJson.AdminSlots}/{id}", admin), 404, "CONSULTATION_SLOT_NOT_FOUND");
        IsProblem(await service.Http.PatchAsync($"{HttpJson.AdminSlots}/{id}", new { isActive = true }, admin), 404, "CONSULTATION_SLOT_NOT_FOUND");
        IsProblem(await service.Http.DeleteAsync($"{HttpJson.AdminSlots}/{id}", admin), 404, "CONSULTATION_SLOT_NOT_FOUND");
        IsProblem(await service.Http.GetAsync($"{HttpJson.AdminBookings}/{id}", admin), 404, "CONSULTATION_BOOKING_NOT_FOUND");
        IsProblem(await service.Http.PatchAsync($"{HttpJson.AdminBookings}/{id}", new { status = "contacted" }, admin), 404, "CONSULTATION_BOOKING_NOT_FOUND");
    }

    [Theory]
    [InlineData("POST", HttpJson.Slots, "GET, HEAD")]
    [InlineData("DELETE", HttpJson.MyBookings, "GET, HEAD")]
    [InlineData("GET", HttpJson.Book, "POST")]
    [InlineData("HEAD", HttpJson.Book, "POST")]
    [InlineData("PUT", HttpJson.AdminSlots, "GET, HEAD, POST")]
    [InlineData("PUT", HttpJson.AdminSlots + "/1", "DELETE, GET, HEAD, PATCH")]
    [InlineData("POST", HttpJson.AdminBookings, "GET, HEAD")]
    [InlineData("PUT", HttpJson.AdminBookings + "/1", "DELETE, GET, HEAD, PATCH")]
    [InlineData("POST", "/health/live", "GET, HEAD")]
    [InlineData("POST", "/health/ready", "GET, HEAD")]
    [InlineData("POST", "/openapi/v1.json", "GET, HEAD")]
    [InlineData("OPTIONS", HttpJson.Slots, "GET, HEAD")]
    [InlineData("TRACE", HttpJson.Slots, "GET, HEAD")]
    [InlineData("FOO", HttpJson.Slots, "GET, HEAD")]
    public async Task A_wrong_method_is_a_405_that_names_the_right_ones(string method, string path, string allow)
    {
        var answer = await service.Http.SendAsync(new HttpMethod(method), path);

        if (method == "HEAD")
            Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
        else
            IsProblem(answer, 405, "METHOD_NOT_ALLOWED");
        Assert.Equal(allow, string.Join(", ", answer.Header("Allow")!.Split(',', StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task A_second_slot_of_the_same_start_is_a_409()
    {
        var slot = await service.SlotInAsync(24);
        var start = await service.ScalarAsync<DateTime>("select start_time from consultation_slot where id = @slot", new { slot });

        IsProblem(await service.Http.PostAsync(HttpJson.AdminSlots, new { startTime = start, endTime = start.AddHours(1) }, Tokens.Admin()), 409, "CONSULTATION_SLOT_CONFLICT");
    }

    [Fact]
    public async Task A_key_with_another_payload_is_a_422()
    {
        var (slot, another) = (await service.SlotInAsync(24), await service.SlotInAsync(25));
        await service.Http.BookAsync(slot, token: null, "key");

        IsProblem(await service.Http.BookAsync(another, token: null, "key"), 422, "IDEMPOTENCY_KEY_REUSED");
    }

    [Fact]
    public async Task A_refused_booking_is_a_400_with_alternatives()
    {
        var slot = await service.SlotInAsync(24, active: false);

        IsProblem(await service.Http.BookAsync(slot), 400, "CONSULTATION_SLOT_INACTIVE", "alternatives");
    }

    [Fact]
    public async Task One_request_too_many_is_a_429_that_says_when_to_come_back()
    {
        var replica = service.StartReplica(("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", "1"), ("CONSULTATION_PUBLIC_SLOTS_RATE_WINDOW_SECONDS", "1000"));
        Assert.Equal(HttpStatusCode.OK, (await replica.Http.GetAsync(HttpJson.Slots, token: null)).Status);

        var answer = await replica.Http.GetAsync(HttpJson.Slots, token: null);

        IsProblem(answer, 429, "RATE_LIMIT_EXCEEDED");
        Assert.InRange(int.Parse(answer.Header("Retry-After")!, null), 900, 1000);
    }

    [Fact]
    public async Task Without_postgresql_it_is_a_503_that_says_when_to_come_back()
    {
        var replica = service.StartReplica(
            ("ConnectionStrings:Postgres", $"Host=127.0.0.1;Port={GuardedServer.FreePort()};Username=none;Password=kept-to-itself"), ("CONSULTATION_MIGRATE_ON_START", "false"));

        foreach (var answer in new[] { await replica.Http.GetAsync(HttpJson.Slots, token: null), await replica.Http.BookAsync(1), await replica.Http.GetAsync(HttpJson.AdminSlots, Tokens.Admin()) })
        {
            IsProblem(answer, 503, "SERVICE_UNAVAILABLE");
            Assert.InRange(int.Parse(answer.Header("Retry-After")!, null), 1, 60);
            Assert.DoesNotContain("kept-to-itself", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_defect_is_a_500_that_tells_nothing_of_the_inside()
    {
        var slot = await service.SlotInAsync(24);
        await service.ExecuteAsync("alter table consultation_booking rename column phone to telephone");
        try
        {
            var answer = await service.Http.BookAsync(slot);
            IsProblem(answer, 500, "INTERNAL_ERROR");
            Assert.Contains(service.Replica.Log.Of(Microsoft.Extensions.Logging.LogLevel.Error), line => line.Contains("Unexpected error", StringComparison.Ordinal));
            Assert.DoesNotContain(service.Replica.Log.All, line => line.Text.Contains("ada@example.org", StringComparison.Ordinal));
        }
        finally
        {
            await service.ExecuteAsync("alter table consultation_booking rename column telephone to phone");
        }
    }

    [Fact]
    public async Task A_problem_answers_a_head_request_without_its_body()
    {
        var answer = await service.Http.SendAsync(HttpMethod.Head, HttpJson.MyBookings);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Equal("", answer.Text);
        Assert.Equal("application/problem+json", answer.Message.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task The_trace_of_the_caller_is_the_one_of_the_problem()
    {
        var answer = await service.Http.GetAsync(HttpJson.MyBookings, null, ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

        Assert.Equal("0af7651916cd43dd8448eb211c80319c", answer["traceId"].GetValue<string>());
    }

    private static void IsProblem(Answer answer, int status, string code, string? extra = null)
    {
        Assert.True((int)answer.Status == status, $"{(int)answer.Status}: {answer.Text}");
        Assert.Equal("application/problem+json", answer.Message.Content.Headers.ContentType?.MediaType);
        string[] members = ["type", "title", "status", "detail", "code", "traceId"];
        Assert.Equal(members.Concat(extra is null ? [] : [extra]).Order(), answer.Body!.AsObject().Select(member => member.Key).Order());
        Assert.Equal(status, answer["status"].GetValue<int>());
        Assert.Equal(code, answer.Code);
        Assert.NotEmpty(answer["title"].GetValue<string>());
        Assert.Equal($"/problems/{code}", answer["type"].GetValue<string>());
        Assert.NotEmpty(answer["traceId"].GetValue<string>());
        Assert.Matches(@"\A[A-Z].* .*\.\z", answer["detail"].GetValue<string>());
        Assert.DoesNotMatch("(?i)exception|npgsql|postgres|redis|column|System\\.| at ", answer["detail"].GetValue<string>().Replace("at this address", "", StringComparison.Ordinal));
    }
}
