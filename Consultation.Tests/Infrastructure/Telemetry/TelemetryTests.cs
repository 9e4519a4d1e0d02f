using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Xunit;

namespace Consultation.Tests.Infrastructure.Telemetry;

public sealed class TelemetryTests(TelemetryScenario scenario) : IClassFixture<TelemetryScenario>
{
    [Fact]
    public void The_metrics_that_come_in_are_those_that_are_documented_with_these_tags()
    {
        string[] expected =
        [
            "consultation.bookings outcome=CONSULTATION_SLOT_ALREADY_BOOKED",
            "consultation.bookings outcome=INTERNAL_ERROR",
            "consultation.bookings outcome=UNAUTHORIZED",
            "consultation.bookings outcome=VALIDATION_FAILED",
            "consultation.bookings outcome=booked",
            "consultation.bookings outcome=replayed",
            "consultation.cache.evictions result=done",
            "consultation.cache.evictions result=pending",
            "consultation.cache.reads result=bypass",
            "consultation.cache.reads result=hit",
            "consultation.cache.reads result=miss",
            "consultation.cache.stale_prevented ",
            "consultation.limiter.decisions decision=allowed,policy=PUBLIC_BOOK",
            "consultation.limiter.decisions decision=refused,policy=CUSTOMER_BOOKINGS",
            "consultation.limiter.decisions decision=open,policy=PUBLIC_SLOTS",
            "consultation.outbox.age ",
            "consultation.outbox.depth ",
            "consultation.outbox.dispatch_errors notification=notification.send_email",
            "consultation.outbox.dispatched notification=notification.send_email",
            "consultation.outbox.dispatched notification=notification.send_push",
            "consultation.redis.fail_open ",
        ];

        var came = scenario.Series.Select(series => $"{series.Metric} {series.Tags}").ToHashSet();

        Assert.Empty(expected.Except(came));
        Assert.Contains(scenario.Series, series => series.Metric == "http.server.request.duration" && series.Tags.Contains("http.route=/api/consultations/book", StringComparison.Ordinal));
        Assert.Equal(Documentation.Metrics, scenario.Series.Select(series => series.Metric).Where(Documentation.IsOurs).Distinct().Order());
    }

    [Fact]
    public void Alert_rules_and_dashboard_ask_for_metrics_that_come_in()
    {
        var stored = scenario.Series.SelectMany(Documentation.PrometheusNames).ToHashSet();

        Assert.NotEmpty(Documentation.MetricsOfAlerts);
        Assert.NotEmpty(Documentation.MetricsOfDashboard);
        Assert.Empty(Documentation.MetricsOfAlerts.Except(stored));
        Assert.Empty(Documentation.MetricsOfDashboard.Except(stored));
    }

    [Fact]
    public void No_tag_has_a_name_that_Prometheus_gives_itself() =>
        Assert.DoesNotContain(scenario.Series.SelectMany(series => series.Tags.Split(',')), tag => tag.StartsWith("job=", StringComparison.Ordinal) || tag.StartsWith("instance=", StringComparison.Ordinal));

    [Fact]
    public void A_metric_has_few_series_whatever_clients_send() =>
        Assert.All(scenario.Series.GroupBy(series => series.Metric), metric => Assert.InRange(metric.Count(), 1, 40));

    [Fact]
    public void A_trace_leads_from_the_request_through_the_mediator_to_PostgreSQL_and_Redis()
    {
        var spans = scenario.Spans.Where(span => span.Trace == scenario.BookingTrace).ToList();

        var request = Assert.Single(spans, span => span.Name == "POST /api/consultations/book");
        Assert.Equal("b7ad6b7169203331", request.Parent);
        var message = Assert.Single(spans, span => span.Name == "BookSlotCommand");
        Assert.Equal(request.Id, message.Parent);
        var batch = Assert.Single(spans, span => span.Name == "BookTogether");
        Assert.Equal(message.Id, batch.Parent);
        Assert.Contains(spans, span => span.Parent == batch.Id && span.Tags.GetValueOrDefault("db.system.name") == "postgresql");
        Assert.Contains(spans, span => span.Parent == request.Id && span.Tags.GetValueOrDefault("db.system.name") == "redis");
    }

    [Fact]
    public void Nothing_that_only_polls_makes_a_trace()
    {
        var roots = scenario.Spans.Where(span => span.Parent.Length == 0).Select(span => span.Name.Split(' ')[0]).Distinct();

        Assert.Empty(roots.Except(["GET", "POST", "PATCH", "migrate", "CONNECT"])); // a new connection to PostgreSQL is rare
    }

    [Fact]
    public void An_unexpected_error_is_logged_with_the_trace_that_its_answer_names()
    {
        Assert.Contains(scenario.DefectTrace, scenario.LoggedTraces);
        Assert.Single(scenario.Lines, line => line.Contains("Unexpected error", StringComparison.Ordinal) && line.Contains(scenario.DefectTrace, StringComparison.Ordinal));
    }

    [Fact]
    public void The_service_has_the_name_that_the_environment_gives_it() =>
        Assert.Contains("service.name=consultation-under-test", scenario.Resources);

    [Fact]
    public void No_personal_data_token_or_secret_is_sent()
    {
        Assert.Contains(scenario.Payloads, payload => payload.Contains("consultation_booking", StringComparison.Ordinal)); // statements are in it
        Assert.Equal([], TelemetryScenario.MustNotLeak.Where(secret => scenario.Payloads.Any(payload => payload.Contains(secret, StringComparison.Ordinal))));
    }

    [Fact]
    public void No_personal_data_token_or_secret_is_logged() =>
        Assert.Equal([], TelemetryScenario.MustNotLeak.Where(secret => scenario.Lines.Any(line => line.Contains(secret, StringComparison.Ordinal))));

    [Fact]
    public void Outside_development_every_line_is_JSON() =>
        Assert.All(scenario.Lines, line => Assert.NotNull(JsonNode.Parse(line)!["LogLevel"]));

    [Fact]
    public void Ordinary_requests_are_not_logged() => Assert.Equal(0, scenario.LinesOfOrdinaryRequests);

    [Fact]
    public void A_dependency_that_goes_away_and_comes_back_brings_a_line_each()
    {
        // a slow machine may bring one more, at a pace of one in 10 s
        Assert.InRange(scenario.Lines.Count(line => line.Contains("Redis does not answer", StringComparison.Ordinal)), 1, 4);
        Assert.InRange(scenario.Lines.Count(line => line.Contains("Redis answers again", StringComparison.Ordinal)), 1, 4);
        Assert.Single(scenario.Lines, line => line.Contains("notifications queue is away", StringComparison.Ordinal));
        Assert.Single(scenario.Lines, line => line.Contains("notifications queue is back", StringComparison.Ordinal));
    }

    [Fact]
    public void A_probe_of_readiness_is_not_logged_whatever_it_finds()
    {
        Assert.Contains("degraded", scenario.Readiness);
        Assert.DoesNotContain(scenario.Lines, line => line.Contains("Health check", StringComparison.Ordinal));
    }

    [Fact]
    public void SIGTERM_ends_the_process_well() => Assert.Equal(0, scenario.ExitCode);
}

/// <summary>How operators set telemetry otherwise than by default.</summary>
public sealed class TelemetrySettingsTests(Service service) : IClassFixture<Service>
{
    [Fact]
    public async Task Queries_stay_out_of_the_log_when_its_level_is_raised()
    {
        await using var running = await StartAsync(("Logging__LogLevel__Default", "Debug"), ("Logging__LogLevel__Microsoft.AspNetCore", "Information"));
        await running.Http.GetAsync($"{HttpJson.AdminBookings}?search=Quartermain", Tokens.Admin());
        await running.Http.PostAsync(HttpJson.Book, new { slotId = 1, name = "Quartermain", email = "quartermain@example.org", phone = "7700 900123" }, Tokens.Customer("unmistakable-sub"));
        await running.StopAsync();

        Assert.Contains(running.Lines, line => line.Contains("Executing endpoint", StringComparison.Ordinal)); // the level was raised
        Assert.Equal([], TelemetryScenario.MustNotLeak.Where(secret => running.Lines.Any(line => line.Contains(secret, StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("TRACES", true, false, false)]
    [InlineData("METRICS", false, true, false)]
    [InlineData("LOGS", false, false, true)]
    public async Task A_signal_whose_exporter_is_none_is_not_sent(string only, bool traces, bool metrics, bool logs)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var running = await StartAsync(
            [("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
             .. new[] { "TRACES", "METRICS", "LOGS" }.Where(signal => signal != only).Select(signal => ($"OTEL_{signal}_EXPORTER", "none"))]);
        await running.Http.GetAsync(HttpJson.Slots, token: null);
        await running.StopAsync();

        Assert.Equal((traces, metrics, logs), (receiver.Spans.Any(), receiver.Series.Any(), receiver.LoggedTraces.Any()));
    }

    private Task<StartedService> StartAsync(params (string Key, string Value)[] settings) => StartedService.StartAsync(
    [
        ("ConnectionStrings__Postgres", service.PostgresConnection), ("ConnectionStrings__Redis", service.RedisConnection),
        ("CONSULTATION_JWT_SECRET", Tokens.Secret), ("CONSULTATION_JWT_ISSUER", Tokens.Issuer), ("CONSULTATION_JWT_AUDIENCE", Tokens.Audience),
        .. settings,
    ]);
}

public sealed class TelemetryOffTests(Service service) : IClassFixture<Service>
{
    [Fact]
    public void Without_an_endpoint_nothing_is_collected()
    {
        Assert.Null(service.Replica.Services.GetService<TracerProvider>());
        Assert.Null(service.Replica.Services.GetService<MeterProvider>());
    }
}
