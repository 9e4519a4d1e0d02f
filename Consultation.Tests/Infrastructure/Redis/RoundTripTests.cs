using System.Net;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.Redis;

/// <summary>What a request costs in trips to Redis (for cache and limits) and to PostgreSQL, beside the dispatcher's.</summary>
public sealed class RoundTripTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private EmbeddedRedis _redis = null!;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _redis = await EmbeddedRedis.StartAsync(Path.Combine(_folder.Path, "redis"), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_hit_costs_one_trip_to_Redis_another_replicas_list_two_and_a_booking_two_and_one_to_PostgreSQL()
    {
        (string, string?)[] settings = [("ConnectionStrings:Redis", _redis.ConnectionString), ("ConnectionStrings:NotificationsRedis", service.RedisConnection)];
        var (replica, other) = (service.StartReplica(settings), service.StartReplica(settings));
        var http = replica.Http;
        await http.GetAsync(HttpJson.Slots, null); // scripts are loaded, connections made
        await http.BookAsync(1);
        await other.Http.GetAsync(HttpJson.Slots, null);
        await using var monitor = await RedisMonitor.StartAsync(_redis.Port);

        var slot = await service.SlotInAsync(24);
        await http.BookAsync(await service.SlotInAsync(25)); // from here on the version is a new one

        Assert.Equal((3, 1), await Count(() => http.GetAsync(HttpJson.Slots, null), HttpStatusCode.OK)); // a miss: nobody waits for the third, which stores
        Assert.Equal((1, 0), await Count(() => http.GetAsync(HttpJson.Slots, null), HttpStatusCode.OK)); // a hit
        Assert.Equal((2, 0), await Count(() => other.Http.GetAsync(HttpJson.Slots, null), HttpStatusCode.OK)); // another replica's entry
        Assert.Equal((1, 0), await Count(() => other.Http.GetAsync(HttpJson.Slots, null), HttpStatusCode.OK));
        Assert.Equal((2, 1), await Count(() => http.BookAsync(slot), HttpStatusCode.Created));
        Assert.Equal((3, 1), await Count(() => http.GetAsync(HttpJson.Slots, null), HttpStatusCode.OK)); // invalidated
        Assert.Equal((1, 1), await Count(() => http.BookAsync(slot), HttpStatusCode.BadRequest)); // refused, with alternatives
        Assert.Equal((1, 1), await Count(() => http.BookAsync(slot + 1000), HttpStatusCode.NotFound));
        Assert.Equal((1, 0), await Count(() => http.PostAsync(HttpJson.Book, new { slotId = slot }), HttpStatusCode.BadRequest)); // not valid
        Assert.Equal((1, 0), await Count(() => http.GetAsync(HttpJson.Slots, null), HttpStatusCode.OK)); // refusals invalidate nothing

        async Task<(int Redis, int Postgres)> Count(Func<Task<Answer>> ask, HttpStatusCode status)
        {
            using var statements = new Statements(service.PostgresConnection);
            var before = await MonitoredAsync();
            Assert.Equal(status, (await ask()).Status);
            return (await MonitoredAsync() - before, statements.All.Count);
        }

        async Task<int> MonitoredAsync()
        {
            var mark = $"mark-{Guid.NewGuid():n}";
            await using var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
            await connection.GetDatabase().StringGetAsync(mark); // what was sent before it has been told when it is
            await Eventually.Async("the monitor is up to date", TimeSpan.FromSeconds(5), () => Task.FromResult(monitor.Of(mark).Any()));
            return monitor.Of("consultation:").Count();
        }
    }
}
