using System.Globalization;
using System.Net;
using Consultation.Tests.Support;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Infrastructure.RateLimiting;

public sealed class RateLimitTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string MobileSlots = "/api/mobile/consultations/slots";
    private static readonly (string, string?)[] FivePerMinute =
    [
        ("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", "5"), ("CONSULTATION_PUBLIC_BOOK_RATE_LIMIT", "5"),
        ("CONSULTATION_CUSTOMER_BOOKINGS_RATE_LIMIT", "5"), ("CONSULTATION_ADMIN_RATE_LIMIT", "5"),
        ("CONSULTATION_TRUSTED_PROXIES", "127.0.0.1,::1"),
    ];

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task One_more_than_the_limit_is_refused_across_replicas_until_the_window_has_passed()
    {
        (string, string?)[] settings = [("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", "4"), ("CONSULTATION_PUBLIC_SLOTS_RATE_WINDOW_SECONDS", "2")];
        Replica[] replicas = [service.StartReplica(settings), service.StartReplica(settings)];
        for (var count = 1; count <= 4; count++)
        {
            var allowed = await replicas[count % 2].Http.GetAsync(HttpJson.Slots, null);
            Assert.Equal(HttpStatusCode.OK, allowed.Status);
            Assert.Equal($"{4 - count}", allowed.Header("RateLimit-Remaining"));
            Assert.Equal("4", allowed.Header("RateLimit-Limit"));
            Assert.InRange(int.Parse(allowed.Header("RateLimit-Reset")!, CultureInfo.InvariantCulture), 1, 2);
        }
        var refused = await replicas[1].Http.GetAsync(HttpJson.Slots, null);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.Equal("RATE_LIMIT_EXCEEDED", refused.Code);
        Assert.Equal("application/problem+json", refused.Message.Content.Headers.ContentType!.MediaType);
        Assert.Equal("0", refused.Header("RateLimit-Remaining"));
        var retryAfter = int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture);
        Assert.InRange(retryAfter, 1, 2);

        await Task.Delay(TimeSpan.FromSeconds(retryAfter) + TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        Assert.All(await Task.WhenAll(replicas.Select(replica => replica.Http.GetAsync(HttpJson.Slots, null))), again => Assert.Equal(HttpStatusCode.OK, again.Status));
    }

    [Fact]
    public async Task Parallel_requests_on_two_replicas_get_exactly_the_limit()
    {
        (string, string?)[] settings = [("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", "25")];
        Replica[] replicas = [service.StartReplica(settings), service.StartReplica(settings)];

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(index => replicas[index % 2].Http.GetAsync(HttpJson.Slots, Tokens.Customer("busy"))));

        Assert.Equal(25, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(75, answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Callers_do_not_share_and_both_mounts_and_all_policies_count_as_they_should()
    {
        var replica = service.StartReplica(FivePerMinute);
        var http = replica.Http;
        Assert.Equal(4, await Remaining(http, HttpJson.Slots, Tokens.Customer("ada")));
        Assert.Equal(3, await Remaining(http, MobileSlots, Tokens.Customer("ada")));
        Assert.Equal(4, await Remaining(http, HttpJson.Slots, Tokens.Customer("grace")));
        Assert.Equal(4, await Remaining(http, HttpJson.Slots));
        Assert.Equal(4, await Remaining(http, HttpJson.MyBookings, Tokens.Customer("ada"))); // another policy
        Assert.Equal(4, await Remaining(http, HttpJson.AdminSlots, Tokens.Admin()));
        Assert.Equal(3, await Remaining(http, HttpJson.AdminBookings, Tokens.Admin()));

        // a bad token is none: it counts for the address, and so does none
        Assert.Equal(3, await Remaining(http, HttpJson.Slots, "not-a-token"));
        Assert.Equal(2, await Remaining(http, MobileSlots));
    }

    [Fact]
    public async Task Forwarded_addresses_count_from_trusted_proxies_only()
    {
        Replica[] replicas =
        [
            service.StartReplica(FivePerMinute),
            service.StartReplica([.. FivePerMinute, ("CONSULTATION_TRUSTED_PROXIES", "")]),
            service.StartReplica([.. FivePerMinute, ("CONSULTATION_TRUSTED_PROXIES", "10.0.0.0/8")]),
        ];
        var trusting = replicas[0].Http;
        Assert.Equal(4, await Remaining(trusting, "198.51.100.1"));
        Assert.Equal(4, await Remaining(trusting, "198.51.100.2"));
        Assert.Equal(3, await Remaining(trusting, "203.0.113.9, 198.51.100.1")); // what the client wrote itself stands further left
        Assert.Equal(2, await Remaining(trusting, "203.0.113.10, 198.51.100.1, 127.0.0.1"));
        Assert.Equal(1, await Remaining(trusting, "::ffff:198.51.100.1"));
        Assert.Equal(4, await Remaining(trusting, "2001:db8:1:2::1"));
        Assert.Equal(3, await Remaining(trusting, "2001:db8:1:2:ffff:ffff:ffff:ffff"));
        Assert.Equal(4, await Remaining(trusting, "2001:db8:1:3::1"));
        Assert.Equal(4, await Remaining(trusting, "no address at all"));
        Assert.Equal(3, await Remaining(trusting, "198.51.100.7, nonsense"));

        await service.ResetAsync();
        foreach (var wary in replicas[1..])
        {
            var before = await Remaining(wary.Http, "198.51.100.1");
            Assert.Equal(before - 1, await Remaining(wary.Http, "198.51.100.2"));
        }

        static async Task<int> Remaining(HttpClient http, string forwarded) =>
            RemainingOf(await http.GetAsync(HttpJson.Slots, null, ("X-Forwarded-For", forwarded)));
    }

    [Fact]
    public async Task Every_answer_of_a_limited_route_counts_and_nothing_else_does()
    {
        var replica = service.StartReplica([.. FivePerMinute, ("CONSULTATION_ADMIN_RATE_LIMIT", "100"), ("CONSULTATION_PUBLIC_BOOK_RATE_LIMIT", "100")]);
        var http = replica.Http;
        var (slot, admin, reader) = (await service.SlotInAsync(24), Tokens.Admin(), Tokens.AdminOf("reader", "consultation:bookings:read"));

        // 401 counts for the address, 403 for the caller
        await Expect(HttpStatusCode.Unauthorized, 99, http.GetAsync(HttpJson.AdminSlots, null));
        await Expect(HttpStatusCode.Unauthorized, 98, http.GetAsync(HttpJson.AdminSlots, "bad"));
        await Expect(HttpStatusCode.Forbidden, 99, http.GetAsync(HttpJson.AdminSlots, reader));
        await Expect(HttpStatusCode.BadRequest, 99, http.GetAsync($"{HttpJson.AdminSlots}?page=0", admin));
        await Expect(HttpStatusCode.NotFound, 98, http.GetAsync($"{HttpJson.AdminSlots}/999999", admin));
        await Expect(HttpStatusCode.Created, 99, http.BookAsync(slot, idempotencyKey: "once"));
        await Expect(HttpStatusCode.Created, 98, http.BookAsync(slot, idempotencyKey: "once")); // a replay
        await Expect(HttpStatusCode.BadRequest, 97, http.BookAsync(slot));
        await Expect(HttpStatusCode.Unauthorized, 96, http.PostAsync(HttpJson.Book, new { slotId = slot }, "bad"));

        // unknown routes, wrong methods and operations
        Answer[] free =
        [
            await http.GetAsync("/api/consultations/nothing", null), await http.GetAsync($"{HttpJson.AdminSlots}/words", admin),
            await http.DeleteAsync(HttpJson.Book, null), await http.PostAsync(HttpJson.Slots, new { }), await http.GetAsync("/health/ready", null),
        ];
        Assert.All(free, answer => Assert.Null(answer.Header("RateLimit-Limit")));
        await Expect(HttpStatusCode.BadRequest, 95, http.BookAsync(slot));

        static async Task Expect(HttpStatusCode status, int remaining, Task<Answer> asked)
        {
            var answer = await asked;
            Assert.Equal((status, remaining), (answer.Status, RemainingOf(answer)));
        }
    }

    [Fact]
    public async Task Figures_come_with_304_and_503_too()
    {
        var postgres = new NpgsqlConnectionStringBuilder(service.PostgresConnection);
        await using var proxy = new TcpProxy(postgres.Host!, postgres.Port);
        postgres.Host = "127.0.0.1";
        postgres.Port = proxy.Port;
        var replica = service.StartReplica([.. FivePerMinute, ("ConnectionStrings:Postgres", postgres.ConnectionString)]);
        var http = replica.Http;
        proxy.Return();
        var listed = await http.GetAsync(HttpJson.Slots, null);
        var unchanged = await http.GetAsync(HttpJson.Slots, null, ("If-None-Match", listed.Header("ETag")!));
        Assert.Equal((HttpStatusCode.NotModified, 3), (unchanged.Status, RemainingOf(unchanged)));

        proxy.Leave();
        var unavailable = await http.GetAsync(HttpJson.MyBookings, Tokens.Customer());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 4), (unavailable.Status, RemainingOf(unavailable)));
        Assert.NotNull(unavailable.Header("Retry-After"));
    }

    [Fact]
    public async Task Every_key_of_the_limiter_expires_with_its_window()
    {
        var replica = service.StartReplica([.. FivePerMinute, ("CONSULTATION_PUBLIC_SLOTS_RATE_WINDOW_SECONDS", "7")]);
        var http = replica.Http;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(index => http.GetAsync(HttpJson.Slots, null, ("X-Forwarded-For", $"198.51.100.{index}"))));
        await http.BookAsync(1);
        await http.GetAsync(HttpJson.AdminSlots, Tokens.Admin());

        var keys = await Keys();
        Assert.Equal(52, keys.Count);
        foreach (var key in keys)
        {
            var left = await service.Redis.KeyTimeToLiveAsync(key);
            Assert.InRange(left!.Value.TotalSeconds, 0, $"{key}".Contains("PUBLIC_SLOTS") ? 7 : 60);
        }

        // one that has lost its time to live, whatever the reason, gets a new one
        await service.Redis.KeyPersistAsync(keys[0]);
        await Task.WhenAll(
            http.GetAsync(HttpJson.AdminSlots, Tokens.Admin()), http.BookAsync(1),
            Task.WhenAll(Enumerable.Range(0, 50).Select(index => http.GetAsync(HttpJson.Slots, null, ("X-Forwarded-For", $"198.51.100.{index}")))));
        Assert.NotNull(await service.Redis.KeyTimeToLiveAsync(keys[0]));
    }

    private async Task<List<RedisKey>> Keys()
    {
        List<RedisKey> keys = [];
        await foreach (var key in service.Redis.Multiplexer.GetServers()[0].KeysAsync(service.Redis.Database, "consultation:limit:*"))
            keys.Add(key);
        return keys;
    }

    private static async Task<int> Remaining(HttpClient http, string path, string? token = null) => RemainingOf(await http.GetAsync(path, token));

    private static int RemainingOf(Answer answer) => int.Parse(answer.Header("RateLimit-Remaining") ?? "-1", CultureInfo.InvariantCulture);
}
