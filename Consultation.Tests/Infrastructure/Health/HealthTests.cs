using System.Net;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Infrastructure.Health;

public sealed class HealthTests(TestServers servers, Service service) : IClassFixture<Service>
{
    private const string Live = "/health/live";
    private const string Ready = "/health/ready";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task With_all_that_it_needs_the_service_is_live_and_ready_to_anybody()
    {
        var replica = service.StartReplica();

        var live = await replica.Http.GetAsync(Live, token: null);
        var ready = await replica.Http.GetAsync(Ready, token: null, ("Authorization", "Bearer nonsense"));

        Assert.Equal((HttpStatusCode.OK, """{"status":"healthy"}"""), (live.Status, live.Text));
        Assert.Equal(
            (HttpStatusCode.OK, """{"status":"healthy","checks":{"postgres":"healthy","redis":"healthy","notifications":"healthy"}}"""),
            (ready.Status, ready.Text));
    }

    [Fact]
    public async Task Without_Redis_the_service_is_degraded_and_still_takes_requests()
    {
        var replica = service.StartReplica(("ConnectionStrings:Redis", NoServer()), ("ConnectionStrings:NotificationsRedis", service.RedisConnection));

        var ready = await replica.Http.GetAsync(Ready, token: null);

        Assert.Equal(
            (HttpStatusCode.OK, """{"status":"degraded","checks":{"postgres":"healthy","redis":"degraded","notifications":"healthy"}}"""),
            (ready.Status, ready.Text));
        Assert.Equal(HttpStatusCode.OK, (await new Staff(replica.Http).Slots()).Status);
    }

    [Fact]
    public async Task Without_PostgreSQL_the_service_starts_is_live_and_not_ready()
    {
        var replica = service.StartReplica(("ConnectionStrings:Postgres", $"Host=127.0.0.1;Port={GuardedServer.FreePort()};Username=nobody;Database=none"));

        var ready = await replica.Http.GetAsync(Ready, token: null);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.Equal(("unhealthy", "unhealthy", "healthy"), (ready.Body!.TextOf("status"), ready["checks"].TextOf("postgres"), ready["checks"].TextOf("redis")));
        Assert.Equal(HttpStatusCode.OK, (await replica.Http.GetAsync(Live, token: null)).Status);
        var slots = await new Staff(replica.Http).Slots();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "SERVICE_UNAVAILABLE"), (slots.Status, slots.Code));
        Assert.NotNull(slots.Header("Retry-After"));
    }

    [Fact]
    public async Task Without_its_migrations_the_service_is_not_ready_until_somebody_has_migrated()
    {
        var empty = await servers.NewPostgresAsync(empty: true);
        var replica = service.StartReplica(("ConnectionStrings:Postgres", empty), ("CONSULTATION_MIGRATE_ON_START", "false"));

        var before = await replica.Http.GetAsync(Ready, token: null);
        var refused = await new Staff(replica.Http).Slots();
        await new Migrator(empty, NullLogger<Migrator>.Instance).Up(TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unhealthy"), (before.Status, before["checks"].TextOf("postgres")));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "SERVICE_UNAVAILABLE"), (refused.Status, refused.Code));
        await Eventually.Async("ready without a restart", Timeout, async () => (await replica.Http.GetAsync(Ready, token: null)).Body!.TextOf("status") == "healthy");
        Assert.Equal(HttpStatusCode.OK, (await new Staff(replica.Http).Slots()).Status);
    }

    [Fact]
    public async Task A_schema_that_is_only_half_there_is_not_ready()
    {
        var half = await servers.NewPostgresAsync();
        await using var database = NpgsqlDataSource.Create(half);
        await using var command = database.CreateCommand("delete from schema_version where version = (select max(version) from schema_version)");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var replica = service.StartReplica(("ConnectionStrings:Postgres", half), ("CONSULTATION_MIGRATE_ON_START", "false"));

        var ready = await replica.Http.GetAsync(Ready, token: null);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unhealthy"), (ready.Status, ready["checks"].TextOf("postgres")));
    }

    private static string NoServer() => $"127.0.0.1:{GuardedServer.FreePort()}";
}

/// <summary>A class of its own, since no other replica may empty the outbox.</summary>
public sealed class NotificationsHealthTests(Service service) : IClassFixture<Service>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Notifications_are_degraded_once_one_has_waited_for_over_a_minute_and_until_it_is_gone()
    {
        var booking = await service.BookingAsync(await service.SlotInAsync(24));
        await service.ExecuteAsync(
            """
            insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at)
            values (@booking, 'notification.send_email', 'consultation:booking:' || @booking || ':email', now() + interval '1 hour', now() - interval '20 seconds')
            """,
            new { booking });
        var waiting = await ReadyAsync(service.Replica);
        service.Clock.Advance(TimeSpan.FromMinutes(1));

        await Eventually.Async("degraded", Timeout, async () => (await ReadyAsync(service.Replica)).Body!.TextOf("status") == "degraded");
        var degraded = await ReadyAsync(service.Replica);
        await service.ExecuteAsync("update notification_outbox set queued_at = now()");

        Assert.Equal("""{"status":"healthy","checks":{"postgres":"healthy","redis":"healthy","notifications":"healthy"}}""", waiting.Text);
        Assert.Equal(HttpStatusCode.OK, degraded.Status);
        Assert.Equal("""{"status":"degraded","checks":{"postgres":"healthy","redis":"healthy","notifications":"degraded"}}""", degraded.Text);
        await Eventually.Async("healthy again", Timeout, async () => (await ReadyAsync(service.Replica)).Body!.TextOf("status") == "healthy");
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("frozen")]
    [InlineData("full")]
    public async Task Notifications_are_degraded_while_their_Redis_takes_no_jobs(string fault)
    {
        await using var redis = await QueueRedis.StartAsync();
        var replica = service.StartReplica(redis.Setting);
        await Eventually.Async("healthy", Timeout, async () => (await ReadyAsync(replica)).Body!.TextOf("status") == "healthy");

        await redis.BreakAsync(fault);
        var degraded = await ReadyAsync(replica);
        await redis.MendAsync(fault);

        Assert.Equal(HttpStatusCode.OK, degraded.Status);
        Assert.Equal("""{"status":"degraded","checks":{"postgres":"healthy","redis":"healthy","notifications":"degraded"}}""", degraded.Text);
        await Eventually.Async("healthy again", Timeout, async () => (await ReadyAsync(replica)).Body!.TextOf("status") == "healthy");
    }

    private static Task<Answer> ReadyAsync(Replica replica) => replica.Http.GetAsync("/health/ready", token: null);
}
