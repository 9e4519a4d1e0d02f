using System.Diagnostics;
using System.Net;
using Consultation.Features;
using Consultation.Infrastructure.Embedded;
using Consultation.Infrastructure.Redis;
using Consultation.Tests.Support;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Infrastructure.Redis;

/// <summary>
/// Guarantee 5, on a Redis of each test's own: every route answers within the time of an uncached request and 250 ms, and after the
/// return nothing from before or during the outage is served.
/// </summary>
public sealed class RedisOutageTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly TimeSpan Promise = TimeSpan.FromMilliseconds(250);

    /// <summary>What a noisy machine may add to a request of its own accord.</summary>
    private static readonly TimeSpan Noise = TimeSpan.FromMilliseconds(300);

    private readonly TemporaryFolder _folder = new();
    private readonly string _admin = Tokens.Admin();
    private EmbeddedRedis _redis = null!;
    private TcpProxy _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _redis = await EmbeddedRedis.StartAsync(Path.Combine(_folder.Path, "redis"), CancellationToken.None);
        _proxy = new TcpProxy("127.0.0.1", _redis.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("stopped")]
    [InlineData("stopped, then empty")]
    [InlineData("hung")]
    [InlineData("full")]
    [InlineData("slow")]
    [InlineData("cut off")]
    public async Task Every_route_answers_in_time_without_Redis_and_nothing_stale_is_served_after_its_return(string fault)
    {
        var began = Stopwatch.GetTimestamp();
        var (near, idle) = await StartAsync();
        await Routes(near);
        await Routes(near);
        var usual = (await Routes(near)).Max();
        var slot = await ListedSlotAsync(near, idle);

        await BeginAsync(fault);
        var first = await Routes(near);
        Assert.True(first.Max() < (2 * usual) + Promise + Noise, $"the slowest of all routes took {first.Max()}, and {usual} before");
        var later = await Routes(near);
        Assert.True(later.Order().ElementAt(later.Length / 2) < (2 * usual) + Noise, $"half of the routes took more than {later.Order().ElementAt(later.Length / 2)}, and {usual} before");

        using var statements = new Statements(service.PostgresConnection);
        var crowd = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => near.Http.GetAsync(HttpJson.Slots, null)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.InRange(Stopwatch.GetElapsedTime(crowd).TotalSeconds, 0, 3);
        Assert.InRange(statements.All.Count(text => text.Contains("order by s.start_time", StringComparison.Ordinal)), 1, 20); // they share
        Assert.Equal("degraded", await CheckOf(near));

        var deactivated = await near.Http.PatchAsync($"{HttpJson.AdminSlots}/{slot}", new { isActive = false }, _admin);
        Assert.Equal(HttpStatusCode.OK, deactivated.Status);

        await EndAsync(fault);
        Assert.False(await Lists(near, slot), "the replica that saw the outage serves a list from before it");
        await NeverListsAfterASecond(idle, slot);
        await BackAsync(near);
        await BackAsync(idle);
        Assert.False(await Lists(near, slot));
        Assert.False(await Lists(idle, slot));
        await IsInUse(near);

        // a pair at most in ten seconds, whatever the machine adds by standing still
        var warnings = Warnings(near);
        Assert.InRange(warnings.Count, 2, 2 + (2 * (int)(Stopwatch.GetElapsedTime(began).TotalSeconds / 10)));
        for (var index = 0; index < warnings.Count; index++)
            Assert.Matches(index % 2 == 0 ? "^Redis does not answer" : @"^Redis answers again after \d+[.,]\d s; \d+ calls went on without it$", warnings[index]);
    }

    [Fact]
    public async Task Old_data_in_Redis_bring_no_old_list_back()
    {
        var (near, idle) = await StartAsync();
        var slot = await ListedSlotAsync(near, idle);
        var copy = Directory.CreateDirectory(Path.Combine(_folder.Path, "copy")).FullName;
        Copy(_redis.DataFolder, copy);
        Assert.Equal(HttpStatusCode.OK, (await near.Http.PatchAsync($"{HttpJson.AdminSlots}/{slot}", new { isActive = false }, _admin)).Status);

        await _redis.KillAsync();
        Copy(copy, _redis.DataFolder);
        await _redis.StartAgainAsync(keepData: true);

        await NeverListsAfterASecond(idle, slot);
        await BackAsync(near);
        await BackAsync(idle);
        Assert.False(await Lists(idle, slot));
        Assert.False(await Lists(near, slot));
    }

    [Fact]
    public async Task A_Redis_that_goes_back_in_time_under_a_living_connection_is_noticed()
    {
        var (near, _) = await StartAsync();
        await near.Http.GetAsync(HttpJson.Slots, null);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        var key = CacheKeys.ListVersion;
        var old = await connection.GetDatabase().StringGetAsync(key);
        var slot = await service.SlotInAsync(24);
        Assert.Equal(HttpStatusCode.OK, (await near.Http.PatchAsync($"{HttpJson.AdminSlots}/{slot}", new { isActive = false }, _admin)).Status);
        await near.Http.GetAsync(HttpJson.Slots, null);

        await connection.GetDatabase().StringSetAsync(key, old, TimeSpan.FromMinutes(1));
        await service.ExecuteAsync("update consultation_slot set is_active = true");

        Assert.True(await Lists(near, slot));
        Assert.Contains(Warnings(near), warning => warning.StartsWith("Redis does not answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_replica_cut_off_from_a_living_Redis_pays_what_it_owes_when_it_is_back()
    {
        var far = Start(_proxy.Address);
        var near = Start(_redis.ConnectionString);
        var slot = await ListedSlotAsync(near, far);
        _proxy.Leave();
        Assert.Equal(HttpStatusCode.OK, (await far.Http.PatchAsync($"{HttpJson.AdminSlots}/{slot}", new { isActive = false }, _admin)).Status);
        Assert.False(await Lists(far, slot));

        _proxy.Return();

        await Eventually.Async("the other replica lists it no more", TimeSpan.FromSeconds(3), async () => !await Lists(near, slot));
        Assert.False(await Lists(far, slot));
    }

    [Fact]
    public async Task A_write_whose_replica_has_just_lost_its_connection_is_in_the_lists_of_the_others()
    {
        const int Rounds = 20;
        var (far, near) = (Start(_proxy.Address), Start(_redis.ConnectionString));
        var paid = 0;
        for (var round = 0; round < Rounds; round++)
        {
            await BackAsync(far);
            var slot = await ListedSlotAsync(near, far);
            using var counted = new Counted(far);
            _proxy.Leave();
            _proxy.Return();

            Assert.Equal(HttpStatusCode.OK, (await far.Http.PatchAsync($"{HttpJson.AdminSlots}/{slot}", new { isActive = false }, _admin)).Status);

            var listed = await Lists(near, slot);
            if (counted["consultation.cache.evictions result=pending"] > 0)
                continue; // it took longer to connect than a request waits
            Assert.False(listed);
            paid++;
        }
        Assert.InRange(paid, Rounds / 4, Rounds);
    }

    [Fact]
    public async Task Scripts_that_Redis_has_forgotten_are_sent_again_and_keys_of_a_wrong_type_hurt_nobody()
    {
        var near = StartUnhurried(_redis.ConnectionString);
        await near.Http.GetAsync(HttpJson.Slots, null);
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{_redis.ConnectionString},allowAdmin=true");
        await connection.GetServers()[0].ScriptFlushAsync();

        await near.Http.GetAsync(HttpJson.Slots, null);
        Assert.NotNull((await near.Http.GetAsync(HttpJson.Slots, null)).Header("RateLimit-Limit"));

        var version = CacheKeys.ListVersion;
        await connection.GetDatabase().KeyDeleteAsync(version);
        await connection.GetDatabase().ListLeftPushAsync(version, "not a text");
        Assert.Equal(HttpStatusCode.OK, (await near.Http.GetAsync(HttpJson.Slots, null)).Status);
        await IsInUse(near);

        await connection.GetDatabase().StringSetAsync(version, "no number");
        Assert.Equal(HttpStatusCode.OK, (await near.Http.GetAsync(HttpJson.Slots, null)).Status);
        await IsInUse(near);
    }

    [Fact]
    public async Task A_service_that_starts_without_Redis_serves_and_takes_it_into_use_when_it_comes()
    {
        await _redis.KillAsync();
        var start = Stopwatch.GetTimestamp();
        var near = Start(_redis.ConnectionString);
        Assert.Equal(HttpStatusCode.OK, (await near.Http.GetAsync(HttpJson.Slots, null)).Status);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);

        await _redis.StartAgainAsync(keepData: false);

        await BackAsync(near);
        await IsInUse(near);
    }

    [Fact]
    public async Task The_watch_does_not_spin_while_Redis_is_away()
    {
        var link = Start(_redis.ConnectionString).Services;
        var watched = (RedisCircuitBreaker)link.GetService(typeof(RedisCircuitBreaker))!;
        await _redis.KillAsync();
        await Eventually.Async("the loss is noticed", TimeSpan.FromSeconds(3), () => Task.FromResult(!watched.IsClosed));

        var before = watched.FailureEpoch;
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);

        Assert.InRange(watched.FailureEpoch - before, 2, 60); // it tries ten times a second, with two calls each
    }

    private async Task<(Replica Near, Replica Idle)> StartAsync()
    {
        var (near, idle) = (Start(_proxy.Address), Start(_proxy.Address));
        await BackAsync(near);
        await BackAsync(idle);
        return (near, idle);
    }

    private Replica Start(string address) => service.StartReplica(
        new CircuitBreakerOptions(), ("ConnectionStrings:Redis", address), ("ConnectionStrings:NotificationsRedis", service.RedisConnection));

    /// <summary>With the tests' usual bounds, where something else than the product's is in question.</summary>
    private Replica StartUnhurried(string address) => service.StartReplica(
        ("ConnectionStrings:Redis", address), ("ConnectionStrings:NotificationsRedis", service.RedisConnection));

    private async Task BeginAsync(string fault)
    {
        if (fault.StartsWith("stopped", StringComparison.Ordinal))
            await _redis.KillAsync();
        else if (fault == "hung")
            await SignalAsync("STOP");
        else if (fault == "full")
            await ConfigureAsync("maxmemory", "1");
        else if (fault == "slow")
            _proxy.Delay = TimeSpan.FromMilliseconds(200);
        else
            _proxy.Leave();
    }

    private async Task EndAsync(string fault)
    {
        if (fault.StartsWith("stopped", StringComparison.Ordinal))
            await _redis.StartAgainAsync(keepData: !fault.EndsWith("empty", StringComparison.Ordinal));
        else if (fault == "hung")
            await SignalAsync("CONT");
        else if (fault == "full")
            await ConfigureAsync("maxmemory", "0");
        else if (fault == "slow")
            _proxy.Delay = TimeSpan.Zero;
        else
            _proxy.Return();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/kill", [$"-{signal}", $"{_redis.ProcessId}"]);
        await kill.WaitForExitAsync();
    }

    private async Task ConfigureAsync(string setting, string value)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{_redis.ConnectionString},allowAdmin=true");
        await connection.GetServers()[0].ConfigSetAsync(setting, value);
    }

    /// <summary>A slot that both replicas have in their lists, served from memory.</summary>
    private async Task<long> ListedSlotAsync(params Replica[] replicas)
    {
        var start = service.Clock.GetUtcNow().AddDays(3);
        var created = await replicas[0].Http.PostAsync(HttpJson.AdminSlots, new { startTime = start, endTime = start.AddMinutes(30) }, _admin);
        var slot = created["id"].GetValue<long>();
        foreach (var replica in replicas)
        {
            Assert.True(await Lists(replica, slot));
            await IsInUse(replica);
        }
        return slot;
    }

    /// <summary>Asks every route once, all at the same time, and says how long each took.</summary>
    private async Task<TimeSpan[]> Routes(Replica replica)
    {
        var (http, token) = (replica.Http, Tokens.Customer());
        var slots = new List<long>();
        for (var count = 0; count < 5; count++)
            slots.Add(await service.SlotInAsync(200 + (await service.ScalarAsync<int>("select count(*) from consultation_slot"))));
        var booked = await service.BookingAsync(slots[4]);
        var start = service.Clock.GetUtcNow().AddDays(50).AddSeconds(slots[0]);
        return await Task.WhenAll(
            Timed(http.GetAsync(HttpJson.Slots, null)),
            Timed(http.GetAsync("/api/mobile/consultations/slots", token)),
            Timed(http.BookAsync(slots[0])),
            Timed(http.BookAsync(slots[1], token)),
            Timed(http.GetAsync(HttpJson.MyBookings, token)),
            Timed(http.GetAsync(HttpJson.AdminSlots, _admin)),
            Timed(http.GetAsync($"{HttpJson.AdminSlots}/{slots[2]}", _admin)),
            Timed(http.PostAsync(HttpJson.AdminSlots, new { startTime = start, endTime = start.AddMinutes(30) }, _admin)),
            Timed(http.PostAsync($"{HttpJson.AdminSlots}/bulk", new
            {
                startDate = $"{start:yyyy-MM-dd}",
                endDate = $"{start:yyyy-MM-dd}",
                daysOfWeek = new[] { "MON-SUN" },
                startTime = "09:00",
                endTime = "10:00",
                intervalMinutes = 30,
                onConflict = "skip",
            }, _admin)),
            Timed(http.PatchAsync($"{HttpJson.AdminSlots}/{slots[2]}", new { isActive = false }, _admin)),
            Timed(http.DeleteAsync($"{HttpJson.AdminSlots}/{slots[3]}", _admin)),
            Timed(http.GetAsync(HttpJson.AdminBookings, _admin)),
            Timed(http.GetAsync($"{HttpJson.AdminBookings}/{booked}", _admin)),
            Timed(http.PatchAsync($"{HttpJson.AdminBookings}/{booked}", new { status = "contacted" }, _admin)),
            Timed(http.GetAsync("/health/live", null)),
            Timed(http.GetAsync("/health/ready", null)));

        static async Task<TimeSpan> Timed(Task<Answer> asked)
        {
            var start = Stopwatch.GetTimestamp();
            var answer = await asked;
            Assert.True(answer.Message.IsSuccessStatusCode, $"{answer.Message.RequestMessage?.RequestUri}: {answer.Text}");
            return Stopwatch.GetElapsedTime(start);
        }
    }

    private static async Task<bool> Lists(Replica replica, long slot) =>
        (await replica.Http.GetAsync(HttpJson.Slots, null))["items"].AsArray().Any(item => item!["id"]!.GetValue<long>() == slot);

    /// <summary>It may be asked at any time; what it says from a second after the return on has to be right.</summary>
    private static async Task NeverListsAfterASecond(Replica replica, long slot)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.False(await Lists(replica, slot), "the replica that was not asked during the outage serves a list from before it");
    }

    private static async Task<string> CheckOf(Replica replica) =>
        (await replica.Http.GetAsync("/health/ready", null))["checks"]["redis"]!.GetValue<string>();

    private static Task BackAsync(Replica replica) =>
        Eventually.Async("Redis is in use", TimeSpan.FromSeconds(5), async () => await CheckOf(replica) == "healthy");

    /// <summary>Lists come from memory, or will at the next request.</summary>
    private static async Task IsInUse(Replica replica)
    {
        using var counted = new Counted(replica);
        await Eventually.Async("a list comes from memory", TimeSpan.FromSeconds(3), async () =>
        {
            await replica.Http.GetAsync(HttpJson.Slots, null);
            return counted["consultation.cache.reads result=hit"] > 0;
        });
    }

    private static List<string> Warnings(Replica replica) =>
        [.. replica.Log.All.Where(line => line.Level >= LogLevel.Warning && line.Category.Contains("Redis", StringComparison.Ordinal)).Select(line => line.Text)];

    private static void Copy(string from, string to)
    {
        if (Directory.Exists(to))
            Directory.Delete(to, recursive: true);
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
