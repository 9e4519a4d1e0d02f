using System.Net;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.Telemetry;

/// <summary>
/// A day of the service in a few seconds, in which everything happens that telemetry speaks of: bookings, refusals, bad input, a
/// defect, Redis going away and coming back, SIGTERM. What came in over OTLP and what was logged is then there to be looked at.
/// </summary>
public sealed class TelemetryScenario(TestServers servers) : IAsyncLifetime
{
    /// <summary>Personal data and secrets that went in, each of a kind that nothing else contains.</summary>
    internal static readonly string[] MustNotLeak =
    [
        "Quartermain", "quartermain", "7700 900123", "7700%20900123", "unmistakable-message", "unmistakable-search", "unmistakable-path", "unmistakable-query",
        "unmistakable-agent", "unmistakable-host", "unmistakable-key", "unmistakable-sub", Tokens.Secret, "eyJ",
    ];

    private const string Email = "zebedee.quartermain@example.org";

    private readonly Service _service = new(servers);
    private OtlpReceiver _receiver = null!;

    internal IReadOnlyCollection<ReceivedSpan> Spans { get; private set; } = [];

    internal IReadOnlyCollection<ReceivedSeries> Series { get; private set; } = [];

    internal IReadOnlyCollection<string> LoggedTraces { get; private set; } = [];

    internal IReadOnlyCollection<string> Resources { get; private set; } = [];

    internal IReadOnlyCollection<string> Payloads { get; private set; } = [];

    internal IReadOnlyCollection<string> Lines { get; private set; } = [];

    /// <summary>What readiness said while Redis was away.</summary>
    internal string Readiness { get; private set; } = "";

    /// <summary>How many lines a hundred ordinary requests brought.</summary>
    internal int LinesOfOrdinaryRequests { get; private set; }

    internal int ExitCode { get; private set; }

    /// <summary>The trace of the booking that went well, and of the request that met a defect.</summary>
    internal string BookingTrace { get; } = "0af7651916cd43dd8448eb211c80319c";

    internal string DefectTrace { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await _service.InitializeAsync();
        _receiver = await OtlpReceiver.StartAsync();
        using var folder = new TemporaryFolder();
        await using var redis = await EmbeddedRedis.StartAsync(folder.Path, CancellationToken.None);
        await using var running = await StartedService.StartAsync(
            ("ConnectionStrings__Postgres", _service.PostgresConnection),
            ("ConnectionStrings__Redis", redis.ConnectionString),
            ("CONSULTATION_JWT_SECRET", Tokens.Secret),
            ("CONSULTATION_JWT_ISSUER", Tokens.Issuer),
            ("CONSULTATION_JWT_AUDIENCE", Tokens.Audience),
            ("CONSULTATION_SLOTS_CACHE_TTL_SECONDS", "1"),
            ("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", "1000000"),
            ("CONSULTATION_CUSTOMER_BOOKINGS_RATE_LIMIT", "1"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", _receiver.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SERVICE_NAME", "consultation-under-test"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "200"));

        await Eventually.Async("the start is logged", TimeSpan.FromSeconds(10), () => Task.FromResult(running.Lines.Any(line => line.Contains("Application started", StringComparison.Ordinal))));
        await Healthy(running.Http);
        var before = LinesOf(running);
        for (var i = 0; i < 100; i++)
            await running.Http.GetAsync(HttpJson.Slots, token: null);
        await Bookings(running.Http);
        await BadInput(running.Http);
        LinesOfOrdinaryRequests = LinesOf(running) - before;

        await ADefect(running.Http);
        await Received("consultation.cache.stale_prevented", async () => await running.Http.GetAsync(HttpJson.Slots, token: null)); // once the entry's second is over
        await RedisAway(running.Http, redis);

        ExitCode = await running.StopAsync();
        (Spans, Series, LoggedTraces, Resources, Payloads, Lines) =
            ([.. _receiver.Spans], [.. _receiver.Series.Distinct()], [.. _receiver.LoggedTraces], [.. _receiver.Resources], [.. _receiver.Texts], running.Lines);
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _service.DisposeAsync();
    }

    private async Task Bookings(HttpClient http)
    {
        var slot = await _service.SlotInAsync(24);
        var booked = await http.PostAsync(HttpJson.Book, Booking(slot), null,
            ("traceparent", $"00-{BookingTrace}-b7ad6b7169203331-01"), ("Idempotency-Key", "unmistakable-key-1"), ("User-Agent", "unmistakable-agent"));
        Assert.Equal(HttpStatusCode.Created, booked.Status);
        await http.PostAsync(HttpJson.Book, Booking(slot), null, ("Idempotency-Key", "unmistakable-key-1"));
        var refused = await http.PostAsync(HttpJson.Book, Booking(slot), null);
        Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", refused.Code);

        var customer = Tokens.Customer("unmistakable-sub", "Zebedee Quartermain", Email, "+44 7700 900123");
        await http.PostAsync(HttpJson.Book, new { slotId = await _service.SlotInAsync(25), message = "unmistakable-message" }, customer);
        await Eventually.Async("a limit refuses", TimeSpan.FromSeconds(30), async () =>
            (await http.GetAsync(HttpJson.MyBookings, customer)).Status == HttpStatusCode.TooManyRequests);
        var admin = Tokens.Admin();
        await http.GetAsync($"{HttpJson.AdminBookings}?search={Uri.EscapeDataString(Email)}&customerId=unmistakable-sub", admin);
        await http.PatchAsync($"{HttpJson.AdminBookings}/{booked["id"]}", new { status = "contacted" }, admin);
    }

    private static async Task BadInput(HttpClient http)
    {
        await http.PostAsync(HttpJson.Book, new { slotId = 1, name = "Quartermain\u0001", email = "quartermain@", phone = "7700 900123 unmistakable-message", message = new[] { "unmistakable-message" } });
        await http.PostAsync(HttpJson.Book, """{"slotId":"unmistakable-message","name":"Quartermain", """);
        await http.PostAsync(HttpJson.Book, """{"slotId":1,"unmistakable-message":{"email":"quartermain@example.org"},"unmistakable-message":2,"name":"a","name":"Quartermain"}""");
        await http.PostAsync(HttpJson.Book, Booking(1), "eyJunmistakable.eyJunmistakable.sig");
        await http.GetAsync($"{HttpJson.AdminBookings}?search=unmistakable-search&status=unmistakable-query&unmistakable-query=1", Tokens.Admin());
        await http.GetAsync($"{HttpJson.AdminBookings}/{Email}?{Email}", Tokens.Admin());
        await http.GetAsync($"/unmistakable-path/{Email}", token: null);
        await http.GetAsync(HttpJson.Slots, null, ("Host", "unmistakable-host.example"), ("X-Forwarded-For", "unmistakable-host"));
    }

    private async Task ADefect(HttpClient http)
    {
        var slot = await _service.SlotInAsync(26);
        await _service.ExecuteAsync("alter table consultation_booking add constraint unexpected check (name not like 'Zebedee%') not valid");
        var failed = await http.PostAsync(HttpJson.Book, Booking(slot));
        Assert.Equal("INTERNAL_ERROR", failed.Code);
        DefectTrace = failed["traceId"].GetValue<string>();
        await _service.ExecuteAsync("alter table consultation_booking drop constraint unexpected");
    }

    private async Task RedisAway(HttpClient http, EmbeddedRedis redis)
    {
        await redis.KillAsync();
        var slot = await _service.SlotInAsync(27);
        await Received("consultation.redis.fail_open", () => http.GetAsync(HttpJson.Slots, token: null));
        Readiness = (await http.GetAsync("/health/ready", token: null)).Text;
        Assert.Equal(HttpStatusCode.Created, (await http.PostAsync(HttpJson.Book, Booking(slot))).Status);
        await Received("consultation.outbox.dispatch_errors", () => Task.CompletedTask);
        await redis.StartAgainAsync(keepData: true);
        await Eventually.Async("all jobs are queued", TimeSpan.FromSeconds(30), async () =>
            await _service.ScalarAsync<long>("select count(*) from notification_outbox where queued_at is null") == 0);
        await Healthy(http);
    }

    private static Task Healthy(HttpClient http) => Eventually.Async("all is well", TimeSpan.FromSeconds(30), async () =>
        (await http.GetAsync("/health/ready", token: null))["status"].GetValue<string>() == "healthy");

    /// <summary>Without those of Redis, which on a slow machine may take longer to answer than the service's patience lasts.</summary>
    private static int LinesOf(StartedService running) => running.Lines.Count(line => !line.Contains("RedisOutageLog", StringComparison.Ordinal));

    private Task Received(string metric, Func<Task> meanwhile) => Eventually.Async($"{metric} comes in", TimeSpan.FromSeconds(30), async () =>
    {
        await meanwhile();
        return _receiver.Series.Any(series => series.Metric == metric);
    });

    private static object Booking(long slotId) =>
        new { slotId, name = "Zebedee Quartermain", email = Email, phone = "+44 7700 900123", message = "unmistakable-message" };
}
