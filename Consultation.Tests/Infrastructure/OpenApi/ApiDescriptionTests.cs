using System.Text;
using System.Text.Json.Nodes;
using Consultation.Features;
using Consultation.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Xunit;

namespace Consultation.Tests.Infrastructure.OpenApi;

public sealed class ApiDescriptionTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string Slots = HttpJson.AdminSlots;
    private const string Slot = $"{HttpJson.AdminSlots}/{{id}}";
    private const string Bulk = $"{HttpJson.AdminSlots}/bulk";
    private const string Bookings = HttpJson.AdminBookings;
    private const string Booking = $"{HttpJson.AdminBookings}/{{id}}";

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_description_is_valid_for_its_own_reader_and_names_no_machine()
    {
        var text = await DescriptionAsync();

        var (document, diagnostic) = OpenApiDocument.Parse(text, OpenApiConstants.Json);

        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, diagnostic!.SpecificationVersion);
        Assert.Empty(diagnostic.Errors);
        Assert.Empty(diagnostic.Warnings);
        Assert.Equal("Consultation", document!.Info.Title);
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_description_lists_exactly_the_endpoints()
    {
        var endpoints = service.Replica.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        var hidden = endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>()?.ExcludeFromDescription == true).ToList();
        var expected = endpoints.Except(hidden)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
                .Where(method => method != "HEAD")
                .Select(method => $"{method} {endpoint.RoutePattern.RawText!.TrimEnd('/').Replace(":id}", "}", StringComparison.Ordinal)}"));

        var described = Operations(JsonNode.Parse(await DescriptionAsync())!).Select(operation => operation.Name).ToList();

        Assert.True(described.Count > 20);
        Assert.Equal(expected.Order(), described.Order());
        Assert.All(hidden, endpoint => Assert.Matches("^/?(openapi/|scalar|problems/|demo/|$)", endpoint.RoutePattern.RawText));
    }

    [Fact]
    public async Task Operation_ids_are_the_names_of_the_slices_with_a_prefix_for_the_second_mount()
    {
        var ids = Operations(JsonNode.Parse(await DescriptionAsync())!).Select(operation => operation.Description["operationId"]!.GetValue<string>());

        Assert.Equal(
            [
                "bookSlot", "bulkDeleteSlots", "bulkGenerateSlots", "bulkSwitchSlots", "cancelBooking", "cancelMyBooking", "createSlot", "deleteSlot", "getBooking", "getMyBooking", "getSlot",
                "listMyBookings", "listSlots", "live", "markContacted",
                "mobileBookSlot", "mobileCancelMyBooking", "mobileGetMyBooking", "mobileListMyBookings", "mobileListSlots",
                "ready", "searchBookings", "searchCancelledBookings", "searchSlots", "updateSlot",
            ],
            ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Limits_of_the_validators_are_in_the_schemas()
    {
        var description = JsonNode.Parse(await DescriptionAsync())!;
        var book = description["components"]!["schemas"]!["BookSlotCommand"]!;
        var limit = Parameters(description, Slots, "get").Single(parameter => parameter["name"]!.GetValue<string>() == "limit");
        var status = description["components"]!["schemas"]!["MarkContactedCommand"]!;

        Assert.Equal(["slotId"], Texts(book["required"]));
        Assert.Equal(120, book["properties"]!["name"]!["maxLength"]!.GetValue<int>());
        Assert.Equal((5, 32), (book["properties"]!["phone"]!["minLength"]!.GetValue<int>(), book["properties"]!["phone"]!["maxLength"]!.GetValue<int>()));
        Assert.StartsWith("^", book["properties"]!["email"]!["pattern"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal((1, 100, 20), (limit["schema"]!["minimum"]!.GetValue<int>(), limit["schema"]!["maximum"]!.GetValue<int>(), limit["schema"]!["default"]!.GetValue<int>()));
        Assert.Equal(["contacted"], Texts(status["properties"]!["status"]!["enum"]));
        Assert.Equal("Idempotency-Key", Parameters(description, HttpJson.Book, "post").Single()["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Each_operation_says_which_token_it_needs()
    {
        var description = JsonNode.Parse(await DescriptionAsync())!;

        Assert.Equal("""[{},{"bearer":[]}]""", Security(HttpJson.Book, "post"));
        Assert.Equal("""[{"bearer":["customer"]}]""", Security(HttpJson.MyBookings, "get"));
        Assert.Equal($$"""[{"bearer":["admin","{{Permission.SlotsWrite}}"]}]""", Security(Slot, "delete"));
        Assert.Equal("[]", Security(HttpJson.Slots, "get"));
        Assert.Equal("http", description["components"]!["securitySchemes"]!["bearer"]!["type"]!.GetValue<string>());

        string Security(string path, string method) => description["paths"]![path]![method]!["security"]!.ToJsonString();
    }

    [Fact]
    public async Task The_page_needs_nothing_from_other_hosts()
    {
        var page = await service.Http.GetAsync("/scalar/", null);

        Assert.DoesNotContain("//", page.Text.Replace("<!doctype", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.StartsWith("default-src 'self'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("\"withDefaultFonts\":false", page.Text, StringComparison.Ordinal);
        Assert.Equal(200, (int)(await service.Http.GetAsync("/scalar/scalar.js", null)).Status);
    }

    [Fact]
    public async Task The_description_is_valid_and_true_of_recorded_answers()
    {
        var description = await DescriptionAsync();
        var recorded = await RecordAsync();
        var successes = Operations(JsonNode.Parse(description)!).SelectMany(operation => operation.Description["responses"]!.AsObject()
            .Where(response => int.Parse(response.Key, null) < 400).Select(response => $"{operation.Name} {response.Key}"));

        Assert.Empty(successes.Except(recorded.Seen));
        Assert.True(recorded.Codes.Count > 40, $"only {recorded.Codes.Count} different refusals were recorded");
        Assert.Equal("", await CheckAsync(description, recorded));
    }

    [Fact]
    public async Task Patterns_can_be_loaded_everywhere_and_take_their_examples()
    {
        var found = await PatternsAsync(await DescriptionAsync());

        Assert.Matches(@"\A[0-9]+ patterns\n\z", found);
        Assert.True(int.Parse(found.Split(' ')[0], null) >= 5, found);
    }

    [Theory]
    [InlineData("^(?=a)[a-z]+$", "look-around")]
    [InlineData(@"^[\p{L}]+$", "class of Unicode")]
    [InlineData("^[()]{1,5}$", "flags 'v'")]
    [InlineData(@"^[\-_.\ ]+$", "flags 'u'")]
    [InlineData(@"^(a)\1$", "is no RE2")]
    [InlineData("^[0-9]+$", "refuses its example")]
    [InlineData("[a-z]", "from where to where")]
    public async Task A_pattern_that_some_tool_cannot_load_is_found_out(string pattern, string found)
    {
        var description = JsonNode.Parse(await DescriptionAsync())!;
        description["components"]!["schemas"]!["BookSlotCommand"]!["properties"]!["email"]!["pattern"] = pattern;

        Assert.Contains(found, await PatternsAsync(description.ToJsonString()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_where_something_ends_may_a_day_end()
    {
        var bulk = JsonNode.Parse(await DescriptionAsync())!["components"]!["schemas"]!["BulkGenerateSlotsCommand"]!["properties"]!;
        var pause = bulk["breaks"]!["items"]!["properties"]!;

        Assert.Equal([false, true, false, true], new[] { bulk["startTime"], bulk["endTime"], pause["startTime"], pause["endTime"] }
            .Select(time => time!["pattern"]!.GetValue<string>().Contains("24:00", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_description_that_is_not_true_is_found_out()
    {
        var description = JsonNode.Parse(await DescriptionAsync())!;
        var recorded = new RecordedAnswers();
        await service.SlotInAsync(1);
        await recorded.AddAsync(service.Http, ("GET", HttpJson.Slots, null));
        await recorded.AddAsync(service.Http, ("POST", HttpJson.Book, null), new { slotId = 999 });
        description["components"]!["schemas"]!["Slot"]!["properties"]!.AsObject().Remove("endTime");
        description["paths"]![HttpJson.Book]!["post"]!["responses"]!.AsObject().Remove("400");
        description["info"]!.AsObject().Remove("title");

        var found = await CheckAsync(description.ToJsonString(), recorded);

        Assert.Contains("not OpenAPI 3.1", found, StringComparison.Ordinal);
        Assert.Contains($"get {HttpJson.Slots} answered 200", found, StringComparison.Ordinal);
        Assert.Contains($"post {HttpJson.Book} answered 400: not described", found, StringComparison.Ordinal);
    }

    private static async Task<string> CheckAsync(string description, RecordedAnswers recorded)
    {
        using var project = await ClientProject.PrepareAsync();
        await project.WriteAsync("openapi.json", description);
        await project.WriteAsync("answers.json", recorded.ToJson());
        return await project.RunAsync("check.mjs", "openapi.json", "answers.json");
    }

    private static async Task<string> PatternsAsync(string description)
    {
        using var project = await ClientProject.PrepareAsync();
        await project.WriteAsync("openapi.json", description);
        return await project.RunAsync("patterns.mjs", "openapi.json");
    }

    private async Task<string> DescriptionAsync() => (await service.Http.GetAsync("/openapi/v1.json", null)).Text;

    private static IEnumerable<(string Name, JsonNode Description)> Operations(JsonNode description) =>
        description["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => ($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value!)));

    private static IEnumerable<JsonNode> Parameters(JsonNode description, string path, string method) =>
        description["paths"]![path]![method]!["parameters"]!.AsArray().Select(parameter => parameter!);

    private static IEnumerable<string> Texts(JsonNode? list) => list!.AsArray().Select(text => text!.GetValue<string>());

    /// <summary>Every success of every operation, and what each can refuse.</summary>
    private async Task<RecordedAnswers> RecordAsync()
    {
        var recorded = new RecordedAnswers();
        foreach (var mount in (string[])["/api/consultations", "/api/mobile/consultations"])
            await RecordCustomerAsync(recorded, mount);
        await RecordSlotsAsync(recorded);
        await RecordBookingsAsync(recorded);
        await recorded.AddAsync(service.Http, ("GET", "/health/live", null));
        await recorded.AddAsync(service.Http, ("GET", "/health/ready", null));
        await RecordLimitsAsync(recorded);
        await RecordOutageAsync(recorded);
        return recorded;
    }

    private async Task RecordCustomerAsync(RecordedAnswers recorded, string mount)
    {
        var (http, customer) = (service.Http, Tokens.Customer(name: "Ada", email: "ada@example.org", phone: "12345"));
        var (list, book, mine) = (("GET", $"{mount}/slots", (object?)null), ("POST", $"{mount}/book", (object?)null), ("GET", $"{mount}/bookings", (object?)null));
        var (slot, inactive, past) = (await service.SlotInAsync(24), await service.SlotInAsync(25, active: false), await service.SlotInAsync(-25));
        await service.SlotInAsync(26);

        var open = await recorded.AddAsync(http, list);
        await recorded.AddAsync(http, list, headers: ("If-None-Match", open.Header("ETag")!));
        await recorded.AddAsync(http, list, query: "?dateFrom=tomorrow");

        await recorded.AddAsync(http, book, new { slotId = slot, message = "Hello" }, customer, headers: ("Idempotency-Key", mount));
        await recorded.AddAsync(http, book, new { slotId = slot, message = "Hello" }, customer, headers: ("Idempotency-Key", mount));
        await recorded.AddAsync(http, book, new { slotId = slot, message = "Bye" }, customer, headers: ("Idempotency-Key", mount));
        foreach (var id in new[] { slot, inactive, past, 999_999 })
            await recorded.AddAsync(http, book, new { slotId = id }, customer);
        await recorded.AddAsync(http, book, new { slotId = "one" });
        await recorded.AddAsync(http, book, new { slotId = slot }, "no.token");
        await recorded.AddAsync(http, book, new string(' ', 70_000));
        await RecordPlainTextAsync(recorded, book);

        await recorded.AddAsync(http, mine, token: customer);
        await recorded.AddAsync(http, mine, token: customer, query: "?page=0");
        await recorded.AddAsync(http, mine);
        await recorded.AddAsync(http, mine, token: Tokens.Admin());
        await RecordHolderAsync(recorded, $"{mount}/bookings/{{id}}");
        await service.ExecuteAsync("truncate notification_outbox, consultation_cancelled_booking, consultation_booking, consultation_slot restart identity");
    }

    private async Task RecordHolderAsync(RecordedAnswers recorded, string path)
    {
        var held = await service.HeldBookingAsync(await service.SlotInAsync(50));
        var started = await service.HeldBookingAsync(await service.SlotInAsync(-50));
        foreach (var method in (string[])["GET", "DELETE"])
        {
            await recorded.AddAsync(service.Http, (method, path, held), headers: ("Booking-Key", Holders.WrongKey));
            await recorded.AddAsync(service.Http, (method, path, held), token: "no.token");
            await recorded.AddAsync(service.Http, (method, path, "abc"));
            await recorded.AddAsync(service.Http, (method, path, held), headers: ("Booking-Key", Holders.Key));
        }
        await recorded.AddAsync(service.Http, ("DELETE", path, started), headers: ("Booking-Key", Holders.Key));
    }

    private async Task RecordSlotsAsync(RecordedAnswers recorded)
    {
        var (http, admin) = (service.Http, Tokens.Admin());
        var (free, booked) = (await service.SlotInAsync(24), await service.SlotInAsync(25));
        await service.BookingAsync(booked);
        var day = service.Clock.GetUtcNow().AddDays(10);

        await recorded.AddAsync(http, ("GET", Slots, null), token: admin);
        await recorded.AddAsync(http, ("GET", Slots, null), token: admin, query: "?limit=0");
        var made = new { startTime = day, endTime = day.AddMinutes(30) };
        await recorded.AddAsync(http, ("POST", Slots, null), made, admin);
        await recorded.AddAsync(http, ("POST", Slots, null), made, admin);
        await recorded.AddAsync(http, ("POST", Slots, null), new { }, admin);

        foreach (var dryRun in new[] { true, false, false })
            await recorded.AddAsync(http, ("POST", Bulk, null), Pattern(dryRun), admin);
        await recorded.AddAsync(http, ("POST", Bulk, null), new { }, admin);
        await recorded.AddAsync(http, ("PATCH", Bulk, null), new { dateFrom = "2031-01-01", dateTo = "2031-01-02", isActive = false }, admin);
        await recorded.AddAsync(http, ("PATCH", Bulk, null), new { }, admin);
        await recorded.AddAsync(http, ("DELETE", Bulk, null), token: admin, query: "?dateFrom=2031-01-01&dateTo=2031-01-02&daysOfWeek=MON-FRI,SUN");
        await recorded.AddAsync(http, ("DELETE", Bulk, null), token: admin);

        foreach (var id in new object[] { free, booked, 999_999, "abc" })
            await recorded.AddAsync(http, ("GET", Slot, id), token: admin);
        foreach (var (id, change) in new (object, object)[] { (free, new { isActive = false }), (booked, made), (free, made), (free, new { }), (999_999, made), ("abc", made) })
            await recorded.AddAsync(http, ("PATCH", Slot, id), change, admin);
        foreach (var id in new object[] { free, booked, 999_999, "abc" })
            await recorded.AddAsync(http, ("DELETE", Slot, id), token: admin);
        foreach (var (method, path) in new[] { ("GET", Slots), ("POST", Slots), ("POST", Bulk), ("PATCH", Bulk), ("DELETE", Bulk), ("GET", Slot), ("PATCH", Slot), ("DELETE", Slot) })
            await RecordForbiddenAsync(recorded, (method, path, free));

        object Pattern(bool dryRun) => new
        {
            startDate = day.ToString("yyyy-MM-dd", null),
            endDate = day.AddDays(1).ToString("yyyy-MM-dd", null),
            daysOfWeek = new[] { "MON-SUN" },
            startTime = "09:00",
            endTime = "10:00",
            intervalMinutes = 30,
            dryRun,
        };
    }

    private async Task RecordBookingsAsync(RecordedAnswers recorded)
    {
        var (http, admin) = (service.Http, Tokens.Admin());
        var booked = (await service.Http.BookAsync(await service.SlotInAsync(48), Tokens.Customer()))["id"].GetValue<long>();

        var spam = await service.BookingAsync(await service.SlotInAsync(49));
        foreach (var id in new object[] { spam, 999_999, "abc" })
            await recorded.AddAsync(http, ("DELETE", Booking, id), token: admin);
        await recorded.AddAsync(http, ("DELETE", Booking, spam), token: admin, query: "?notify=maybe");
        await recorded.AddAsync(http, ("GET", Bookings + "/cancelled", null), token: admin);
        await recorded.AddAsync(http, ("GET", Bookings + "/cancelled", null), token: admin, query: "?limit=0");
        await recorded.AddAsync(http, ("GET", Bookings, null), token: admin);
        await recorded.AddAsync(http, ("GET", Bookings, null), token: admin, query: "?status=none");
        foreach (var id in new object[] { booked, 999_999, "abc" })
        {
            await recorded.AddAsync(http, ("GET", Booking, id), token: admin);
            await recorded.AddAsync(http, ("PATCH", Booking, id), new { status = "contacted" }, admin);
        }
        await recorded.AddAsync(http, ("GET", Booking, booked), token: admin);
        await recorded.AddAsync(http, ("PATCH", Booking, booked), new { status = "pending" }, admin);
        foreach (var (method, path) in new[] { ("GET", Bookings), ("GET", Booking), ("PATCH", Booking) })
            await RecordForbiddenAsync(recorded, (method, path, booked));
    }

    /// <summary>Without a token, with one that permits nothing, and, where there is a body, with one that is none of ours.</summary>
    private async Task RecordForbiddenAsync(RecordedAnswers recorded, (string Method, string Path, object? Id) operation)
    {
        await recorded.AddAsync(service.Http, operation);
        await recorded.AddAsync(service.Http, operation, token: Tokens.Customer());
        if (operation.Method is "POST" or "PATCH")
        {
            await recorded.AddAsync(service.Http, operation, new string(' ', 70_000), Tokens.Admin());
            await RecordPlainTextAsync(recorded, operation);
        }
    }

    private async Task RecordPlainTextAsync(RecordedAnswers recorded, (string Method, string Path, object? Id) operation)
    {
        using var http = service.Replica.NewClient();
        using var plain = new HttpClient(new AsPlainText()) { BaseAddress = http.BaseAddress };
        await recorded.AddAsync(plain, operation, "{}", Tokens.Admin());
    }

    private async Task RecordLimitsAsync(RecordedAnswers recorded)
    {
        var strict = service.StartReplica([.. new[] { "PUBLIC_BOOK", "PUBLIC_SLOTS", "CUSTOMER_BOOKINGS", "ADMIN" }.Select(policy => ($"CONSULTATION_{policy}_RATE_LIMIT", (string?)"1"))]);
        foreach (var operation in new[] { ("POST", HttpJson.Book, (object?)null), ("GET", HttpJson.Slots, null), ("GET", HttpJson.MyBookings, null), ("GET", Slots, null) })
            foreach (var _ in Enumerable.Range(0, 5)) // two are enough, unless the machine stands still and one goes uncounted
                await recorded.AddAsync(strict.Http, operation, operation.Item1 == "POST" ? new { } : null, Tokens.Customer("limited"));
    }

    private async Task RecordOutageAsync(RecordedAnswers recorded)
    {
        var (admin, customer) = (Tokens.Admin(), Tokens.Customer(name: "Ada", email: "ada@example.org", phone: "12345"));
        var dark = service.StartReplica(("ConnectionStrings:Postgres", "Host=127.0.0.1;Port=1;Username=nobody;Password=x;Database=none"), ("CONSULTATION_MIGRATE_ON_START", "false"));
        await recorded.AddAsync(dark.Http, ("GET", HttpJson.Slots, null), query: "?dateFrom=2031-01-01");
        await recorded.AddAsync(dark.Http, ("POST", HttpJson.Book, null), new { slotId = 1 }, customer);
        await recorded.AddAsync(dark.Http, ("GET", HttpJson.MyBookings, null), token: customer);
        await recorded.AddAsync(dark.Http, ("GET", Slot, 1), token: admin);
        await recorded.AddAsync(dark.Http, ("DELETE", Slot, 1), token: admin);
        await recorded.AddAsync(dark.Http, ("PATCH", Booking, 1), new { status = "contacted" }, admin);
        await recorded.AddAsync(dark.Http, ("GET", "/health/ready", null));
    }

    private sealed class AsPlainText() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Content = new StringContent("{}", Encoding.UTF8, "text/plain");
            return base.SendAsync(request, cancellationToken);
        }
    }
}
