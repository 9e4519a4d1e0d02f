using System.Net;
using System.Text;
using Consultation.Features;
using Consultation.Tests.Support;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Infrastructure.Caching;

/// <summary>Entries in Redis: what one replica has read the others serve, and nothing that lies there is believed without proof.</summary>
public sealed class SharedEntryTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const int Lifetime = 60;

    private string Key => CacheKeys.Build(Today, Today.AddDays(30));

    private DateOnly Today => DateOnly.FromDateTime(service.Clock.GetUtcNow().UtcDateTime);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_replica_serves_what_another_has_read_also_one_that_has_just_started_while_PostgreSQL_is_away()
    {
        await service.SlotInAsync(24);
        var listed = await service.Http.GetAsync(HttpJson.Slots, null);
        Assert.Equal(HttpStatusCode.OK, listed.Status);
        await StoredAsync();

        var postgres = new NpgsqlConnectionStringBuilder(service.PostgresConnection);
        await using var proxy = new TcpProxy(postgres.Host!, postgres.Port);
        (postgres.Host, postgres.Port) = ("127.0.0.1", proxy.Port);
        proxy.Leave();
        var fresh = service.StartReplica(("ConnectionStrings:Postgres", postgres.ConnectionString));
        using var counted = new Counted(fresh);
        var served = await fresh.Http.GetAsync(HttpJson.Slots, null);

        Assert.Equal((HttpStatusCode.OK, listed.Text, listed.Header("ETag")), (served.Status, served.Text, served.Header("ETag")));
        Assert.Equal(1, counted["consultation.cache.reads result=fetched"]);
        Assert.Equal(listed.Text, (await fresh.Http.GetAsync(HttpJson.Slots, null)).Text);
        Assert.Equal(1, counted["consultation.cache.reads result=hit"]);
    }

    [Fact]
    public async Task An_entry_of_an_older_version_is_not_taken()
    {
        var slot = await service.SlotInAsync(24);
        Assert.Equal(1, await TotalAsync(service.Replica));
        var old = await StoredAsync();
        Assert.Equal(HttpStatusCode.Created, (await service.Http.BookAsync(slot)).Status);
        Assert.Equal(0, await TotalAsync(service.Replica));

        await service.Redis.StringSetAsync(Key, old, TimeSpan.FromSeconds(Lifetime));

        Assert.Equal(0, await TotalAsync(service.StartReplica()));
    }

    [Fact]
    public async Task A_version_or_an_entry_that_Redis_has_evicted_is_begun_anew()
    {
        await service.SlotInAsync(24);
        Assert.Equal(1, await TotalAsync(service.Replica));
        await StoredAsync();
        await service.SlotInAsync(25); // behind the cache's back
        Assert.Equal(1, await TotalAsync(service.StartReplica()));

        await service.Redis.KeyDeleteAsync(CacheKeys.ListVersion);

        Assert.Equal(2, await TotalAsync(service.StartReplica()));
        Assert.Equal(2, await TotalAsync(service.Replica));
        await service.SlotInAsync(26);
        await service.Redis.KeyDeleteAsync(Key);
        Assert.Equal(3, await TotalAsync(service.StartReplica()));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("short")]
    [InlineData("not ours")]
    [InlineData("cut off")]
    [InlineData("one bit flipped")]
    [InlineData("another query's")]
    [InlineData("of a wrong type")]
    public async Task An_entry_that_is_broken_or_not_ours_is_neither_served_nor_a_failure_and_is_replaced(string fault)
    {
        await service.SlotInAsync(24);
        var listed = await service.Http.GetAsync(HttpJson.Slots, null);
        Assert.Equal(HttpStatusCode.OK, listed.Status);
        var whole = (byte[])(await StoredAsync())!;
        await service.Http.GetAsync($"{HttpJson.Slots}?dateTo={Today:yyyy-MM-dd}", null);
        if (fault == "of a wrong type")
        {
            await service.Redis.KeyDeleteAsync(Key);
            await service.Redis.ListLeftPushAsync(Key, "an item");
        }
        else
        {
            await service.Redis.StringSetAsync(Key, await BrokenAsync(whole, fault));
        }

        var fresh = service.StartReplica();
        using var counted = new Counted(fresh);
        var served = await fresh.Http.GetAsync(HttpJson.Slots, null);

        Assert.Equal((HttpStatusCode.OK, listed.Text), (served.Status, served.Text));
        Assert.Equal(1, counted["consultation.cache.reads result=miss"]);
        Assert.Equal(0, counted["consultation.redis.fail_open"]);
        await Eventually.Async("the entry is whole again", TimeSpan.FromSeconds(10), async () =>
            await service.Redis.KeyTypeAsync(Key) == RedisType.String && ((byte[])(await service.Redis.StringGetAsync(Key))!).AsSpan().EndsWith(Encoding.UTF8.GetBytes(listed.Text)));
    }

    [Fact]
    public async Task An_entry_ends_with_its_time_to_live_and_with_the_start_of_its_earliest_slot()
    {
        var replica = service.StartReplica(("CONSULTATION_SLOTS_CACHE_TTL_SECONDS", $"{Lifetime}"));
        await replica.Http.GetAsync(HttpJson.Slots, null);
        await StoredAsync();
        Assert.InRange((await service.Redis.KeyTimeToLiveAsync(Key))!.Value.TotalSeconds, 1, Lifetime);

        var start = service.Clock.GetUtcNow().AddSeconds(20);
        var created = await replica.Http.PostAsync(HttpJson.AdminSlots, new { startTime = start, endTime = start.AddMinutes(30) }, Tokens.Admin());
        Assert.Equal(HttpStatusCode.Created, created.Status);
        Assert.Equal(1, await TotalAsync(replica));
        await Eventually.Async("the new list is stored", TimeSpan.FromSeconds(10), async () => $"{await service.Redis.StringGetAsync(Key)}".Contains("\"total\":1", StringComparison.Ordinal));
        Assert.InRange((await service.Redis.KeyTimeToLiveAsync(Key))!.Value.TotalSeconds, 1, 20);
    }

    private async Task<byte[]> BrokenAsync(byte[] whole, string fault)
    {
        var flipped = whole.ToArray();
        flipped[^3] ^= 1;
        return fault switch
        {
            "empty" => [],
            "short" => whole[..10],
            "not ours" => Encoding.UTF8.GetBytes("""{"items":[],"total":0,"padding":"long enough to be an entry of ours"}"""),
            "cut off" => whole[..^1],
            "one bit flipped" => flipped,
            "another query's" => (byte[])(await service.Redis.StringGetAsync(CacheKeys.Build(Today, Today)))!,
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
    }

    /// <summary>The entry, once it is there: nobody waits for it to be stored.</summary>
    private async Task<RedisValue> StoredAsync()
    {
        RedisValue entry = default;
        await Eventually.Async("the list is stored", TimeSpan.FromSeconds(10), async () => !(entry = await service.Redis.StringGetAsync(Key)).IsNull);
        return entry;
    }

    private static async Task<int> TotalAsync(Replica replica) => (await replica.Http.GetAsync(HttpJson.Slots, null))["total"].GetValue<int>();
}
