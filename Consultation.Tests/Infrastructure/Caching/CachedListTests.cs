using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using Consultation.Tests.Support;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Infrastructure.Caching;

public sealed class CachedListTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const int Lifetime = 60;

    private Replica _replica = null!;

    private HttpClient Http => _replica.Http;

    public async ValueTask InitializeAsync()
    {
        await service.ResetAsync();
        _replica = service.StartReplica(("CONSULTATION_SLOTS_CACHE_TTL_SECONDS", $"{Lifetime}"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Two_hundred_readers_of_a_missing_or_expired_entry_cause_one_query()
    {
        await service.SlotInAsync(24);
        foreach (var moved in new[] { 0, Lifetime + 1 })
        {
            service.Clock.Advance(TimeSpan.FromSeconds(moved));
            var (answers, queries) = await WhileTheTableIsLocked(() => Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Http.GetAsync(HttpJson.Slots, null))), until: () => Decided == 200);

            Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, 1), (answer.Status, answer["total"].GetValue<int>())));
            Assert.Equal(1, queries);
        }
    }

    [Fact]
    public async Task A_client_that_leaves_does_not_end_the_query_that_others_wait_for()
    {
        await service.SlotInAsync(24);
        using var leaving = new CancellationTokenSource();
        var hasLeft = false;
        var (answer, queries) = await WhileTheTableIsLocked(
            async () =>
            {
                var left = Http.GetAsync(HttpJson.Slots, leaving.Token);
                await Decisions(1);
                var waiting = Http.GetAsync(HttpJson.Slots, null);
                await Decisions(2);
                await leaving.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
                hasLeft = true;
                return await waiting;
            },
            until: () => hasLeft);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(1, queries);
    }

    [Fact]
    public async Task An_entry_lives_as_long_as_it_is_told_and_no_longer()
    {
        await service.SlotInAsync(24);
        Assert.Equal(1, await TotalAsync());
        await service.SlotInAsync(25); // behind the cache's back

        service.Clock.Advance(TimeSpan.FromSeconds(Lifetime - 10));
        Assert.Equal(1, await TotalAsync());
        service.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(2, await TotalAsync());
    }

    [Fact]
    public async Task An_entry_dies_with_the_start_of_its_earliest_slot()
    {
        var start = service.Clock.GetUtcNow().AddSeconds(30);
        await service.SlotAsync(start);
        await service.SlotInAsync(24);
        var range = $"{HttpJson.Slots}?dateFrom={start:yyyy-MM-dd}&dateTo={start.AddDays(5):yyyy-MM-dd}";
        var first = await Http.GetAsync(range, null);
        Assert.Equal(2, first["total"].GetValue<int>());

        service.Clock.Advance(TimeSpan.FromSeconds(31));
        var later = await Http.GetAsync(range, null, ("If-None-Match", first.Header("ETag")!));

        Assert.Equal((HttpStatusCode.OK, 1), (later.Status, later["total"].GetValue<int>()));
    }

    [Fact]
    public async Task Equal_queries_share_an_entry_whatever_their_order_and_spelling()
    {
        var today = service.Clock.GetUtcNow();
        string from = $"{today:yyyy-MM-dd}", to = $"{today.AddDays(30):yyyy-MM-dd}";
        using var statements = new Statements(service.PostgresConnection);
        string[] spellings =
        [
            "", "?", $"?dateFrom={from}", $"?dateTo={to}", $"?dateFrom={from}&dateTo={to}", $"?dateTo={to}&dateFrom={from}",
            $"?dateFrom=&dateTo={to}", $"?other=1&dateTo={to}", $"?dateFrom=%20{from}%20", $"?date%46rom={from}", $"?DATEFROM={from}",
        ];

        foreach (var spelling in spellings)
            Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(HttpJson.Slots + spelling, null)).Status);
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync("/api/mobile/consultations/slots", Tokens.Customer())).Status);
        Assert.Single(statements.All);

        await Http.GetAsync($"{HttpJson.Slots}?dateTo={today.AddDays(29):yyyy-MM-dd}", null);
        Assert.Equal(2, statements.All.Count);
    }

    [Fact]
    public async Task Refused_queries_are_not_kept_and_hide_nothing()
    {
        using var statements = new Statements(service.PostgresConnection);
        foreach (var bad in new[] { "?dateFrom=tomorrow", "?dateFrom=2027-01-02&dateTo=2027-01-01", "?dateFrom=2027-01-01&dateTo=2027-12-31", "?dateFrom=2027-01-01&dateFrom=2027-01-01" })
            for (var repeat = 0; repeat < 2; repeat++)
            {
                var answer = await Http.GetAsync(HttpJson.Slots + bad, null);
                Assert.Equal("VALIDATION_FAILED", answer.Code);
                Assert.Null(answer.Header("ETag"));
                Assert.Equal("no-store", answer.Header("Cache-Control"));
            }
        Assert.Empty(statements.All);
    }

    [Fact]
    public async Task Tags_tell_what_a_client_has_in_every_encoding()
    {
        await ManySlotsAsync();
        var tags = new List<string>();
        foreach (var encoding in new[] { "identity", "gzip", "br" })
        {
            var full = await Http.GetAsync(HttpJson.Slots, null, ("Accept-Encoding", encoding));
            var tag = full.Header("ETag")!;
            Assert.StartsWith("\"", tag, StringComparison.Ordinal);
            Assert.Equal("no-cache", full.Header("Cache-Control"));
            Assert.Equal("Accept-Encoding", full.Header("Vary"));
            tags.Add(tag);

            foreach (var known in new[] { tag, $"W/{tag}", $"\"other\", {tag}", "*", $"\"other\", W/{tag}, \"more\"" })
            {
                var unchanged = await Http.GetAsync(HttpJson.Slots, null, ("Accept-Encoding", encoding), ("If-None-Match", known));
                Assert.Equal((HttpStatusCode.NotModified, "", tag), (unchanged.Status, unchanged.Text, unchanged.Header("ETag")));
                Assert.Equal("Accept-Encoding", unchanged.Header("Vary"));
                Assert.Equal("no-cache", unchanged.Header("Cache-Control"));
            }
            foreach (var unknown in new[] { "\"other\"", tag.Trim('"'), "" })
                Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(HttpJson.Slots, null, ("Accept-Encoding", encoding), ("If-None-Match", unknown))).Status);
        }
        Assert.Equal(3, tags.Distinct().Count());
        var other = await Http.GetAsync(HttpJson.Slots, null, ("Accept-Encoding", "gzip"), ("If-None-Match", tags[0]));
        Assert.Equal(HttpStatusCode.OK, other.Status);
    }

    [Fact]
    public async Task A_tag_changes_with_the_list_alone_and_is_the_same_on_every_replica()
    {
        var slot = await service.SlotInAsync(24);
        var tag = (await Http.GetAsync(HttpJson.Slots, null)).Header("ETag")!;
        Assert.Equal(tag, (await service.StartReplica().Http.GetAsync(HttpJson.Slots, null)).Header("ETag"));

        Assert.Equal(HttpStatusCode.Created, (await Http.BookAsync(slot)).Status);

        var changed = await Http.GetAsync(HttpJson.Slots, null, ("If-None-Match", tag));
        Assert.Equal((HttpStatusCode.OK, 0), (changed.Status, changed["total"].GetValue<int>()));
        Assert.NotEqual(tag, changed.Header("ETag"));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("identity", null)]
    [InlineData("gzip", "gzip")]
    [InlineData("GZIP", "gzip")]
    [InlineData("br", "br")]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("gzip, br;q=0", "gzip")]
    [InlineData("gzip;q=0, br;q=0.0", null)]
    [InlineData("gzip;q=0.5", "gzip")]
    [InlineData("deflate", null)]
    [InlineData("br;q=nonsense", null)]
    public async Task The_encoding_is_one_that_the_client_accepts(string? accepted, string? encoding)
    {
        await ManySlotsAsync();
        var plain = await Http.GetStringAsync(HttpJson.Slots, TestContext.Current.CancellationToken);
        foreach (var _ in new[] { "from the query", "from memory" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, HttpJson.Slots);
            if (accepted is not null)
                request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
            using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
            var body = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

            Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
            Assert.Equal(body.Length, answer.Content.Headers.ContentLength);
            Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal(plain, Decode(body, encoding));
            Assert.True(encoding is null || body.Length < plain.Length / 2);
        }
    }

    [Fact]
    public async Task A_short_list_is_not_compressed_and_varies_all_the_same()
    {
        var answer = await Http.GetAsync(HttpJson.Slots, null, ("Accept-Encoding", "gzip, br"));

        Assert.Equal("""{"items":[],"total":0}""", answer.Text);
        Assert.Null(answer.Header("Content-Encoding"));
        Assert.Equal("Accept-Encoding", answer.Header("Vary"));
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("br")]
    public async Task HEAD_says_what_GET_would_without_a_body(string encoding)
    {
        await ManySlotsAsync();
        for (var repeat = 0; repeat < 2; repeat++)
        {
            var head = await Http.SendAsync(HttpMethod.Head, HttpJson.Slots, null, null, ("Accept-Encoding", encoding));
            var get = await Http.GetAsync(HttpJson.Slots, null, ("Accept-Encoding", encoding));
            Assert.Equal((HttpStatusCode.OK, ""), (head.Status, head.Text));
            foreach (var header in new[] { "ETag", "Cache-Control", "Vary", "Content-Length", "Content-Type", "Content-Encoding" })
                Assert.Equal(get.Header(header), head.Header(header));
            var unchanged = await Http.SendAsync(HttpMethod.Head, HttpJson.Slots, null, null, ("Accept-Encoding", encoding), ("If-None-Match", get.Header("ETag")!));
            Assert.Equal(HttpStatusCode.NotModified, unchanged.Status);
        }
    }

    [Fact]
    public async Task Redis_holds_documented_keys_only_and_each_but_the_queues_expires()
    {
        await Http.GetAsync(HttpJson.Slots, null);
        await Http.BookAsync(await service.SlotInAsync(24), Tokens.Customer());
        await Http.GetAsync($"{HttpJson.Slots}?dateTo=", null);
        await Http.GetAsync(HttpJson.MyBookings, Tokens.Customer());
        await Http.GetAsync(HttpJson.AdminBookings, Tokens.Admin());
        await Eventually.Async("all kinds of keys are there", TimeSpan.FromSeconds(10), async () =>
        {
            var names = (await KeysAsync()).Select(key => $"{key}").ToList();
            return new[] { "consultation:customer:slots:list:", "consultation:limit:", "consultation:probe", "bull:notifications:" }
                .All(prefix => names.Exists(name => name.StartsWith(prefix, StringComparison.Ordinal)));
        });

        foreach (var key in await KeysAsync())
        {
            Assert.Matches("^(consultation:customer:slots:list:|consultation:limit:[A-Z_]+:(sub|ip):|consultation:probe$|bull:notifications:)", key);
            if ($"{key}".StartsWith("consultation:", StringComparison.Ordinal) && await service.Redis.KeyExistsAsync(key))
                Assert.InRange((await service.Redis.KeyTimeToLiveAsync(key))!.Value.TotalSeconds, 0, 60);
        }
    }

    [Fact]
    public async Task A_cached_list_is_served_while_PostgreSQL_is_away_and_others_are_503()
    {
        var postgres = new NpgsqlConnectionStringBuilder(service.PostgresConnection);
        await using var proxy = new TcpProxy(postgres.Host!, postgres.Port);
        (postgres.Host, postgres.Port) = ("127.0.0.1", proxy.Port);
        var poor = service.StartReplica(("ConnectionStrings:Postgres", postgres.ConnectionString));
        proxy.Return();
        await service.SlotInAsync(24);
        var listed = await poor.Http.GetAsync(HttpJson.Slots, null);

        proxy.Leave();
        var unknown = $"{HttpJson.Slots}?dateTo={service.Clock.GetUtcNow().AddDays(3):yyyy-MM-dd}";
        Assert.Equal(listed.Text, (await poor.Http.GetAsync(HttpJson.Slots, null)).Text);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => poor.Http.GetAsync(unknown, null))), answer => Assert.Equal("SERVICE_UNAVAILABLE", answer.Code));
        foreach (var write in new[]
        {
            poor.Http.BookAsync(1),
            poor.Http.PatchAsync($"{HttpJson.AdminSlots}/1", new { isActive = false }, Tokens.Admin()),
            poor.Http.DeleteAsync($"{HttpJson.AdminSlots}/1", Tokens.Admin()),
        })
            Assert.Equal("SERVICE_UNAVAILABLE", (await write).Code);
        Assert.Equal(listed.Text, (await poor.Http.GetAsync(HttpJson.Slots, null)).Text);

        proxy.Return();
        await Eventually.Async("other lists are served again", TimeSpan.FromSeconds(10), async () => (await poor.Http.GetAsync(unknown, null)).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Metrics_tell_hits_misses_evictions_prevented_staleness_and_limiter_decisions()
    {
        var slot = await service.SlotInAsync(24);
        using var counted = new Counted(_replica);

        await Http.GetAsync(HttpJson.Slots, null);
        await Http.GetAsync(HttpJson.Slots, null);
        await Http.BookAsync(slot);
        await Http.BookAsync(slot); // refused: it has changed nothing
        await Http.GetAsync(HttpJson.Slots, null);
        service.Clock.Advance(TimeSpan.FromSeconds(Lifetime + 1));
        await Http.GetAsync(HttpJson.Slots, null);

        Assert.Equal(1, counted["consultation.cache.reads result=hit"]);
        Assert.Equal(3, counted["consultation.cache.reads result=miss"]);
        Assert.Equal(1, counted["consultation.cache.evictions result=done"]);
        Assert.Equal(2, counted["consultation.cache.stale_prevented"]); // one for the booking, one for its age
        Assert.Equal(4, counted["consultation.limiter.decisions policy=PUBLIC_SLOTS decision=allowed"]);
        Assert.Equal(2, counted["consultation.limiter.decisions policy=PUBLIC_BOOK decision=allowed"]);

        var strict = service.StartReplica(("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", "1"), ("ConnectionStrings:Redis", "127.0.0.1:1"));
        using var open = new Counted(strict);
        await strict.Http.GetAsync(HttpJson.Slots, null);
        await strict.Http.BookAsync(1_000_000);
        Assert.Equal(1, open["consultation.cache.reads result=bypass"]);
        Assert.Equal(1, open["consultation.limiter.decisions policy=PUBLIC_SLOTS decision=open"]);
        Assert.Equal(2, open["consultation.redis.fail_open"]);

        strict = service.StartReplica(("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", "1"));
        using var refused = new Counted(strict);
        await strict.Http.GetAsync(HttpJson.Slots, null);
        Assert.Equal(1, refused["consultation.limiter.decisions policy=PUBLIC_SLOTS decision=refused"]);
    }

    private static string Decode(byte[] body, string? encoding)
    {
        using Stream coded = new MemoryStream(body);
        using var plain = encoding switch
        {
            "br" => new BrotliStream(coded, CompressionMode.Decompress),
            "gzip" => new GZipStream(coded, CompressionMode.Decompress),
            _ => coded,
        };
        using var reader = new StreamReader(plain, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private Counted? _decisions;

    private long Decided => _decisions!["consultation.limiter.decisions policy=PUBLIC_SLOTS decision=allowed"];

    private Task Decisions(int count) => Eventually.Async($"{count} requests are counted", TimeSpan.FromSeconds(10), () => Task.FromResult(Decided >= count));

    /// <summary>Holds the queries of the requests, so that they surely meet.</summary>
    private async Task<(T Answer, int Queries)> WhileTheTableIsLocked<T>(Func<Task<T>> ask, Func<bool> until)
    {
        await Http.GetAsync($"{HttpJson.Slots}?dateTo={service.Clock.GetUtcNow().AddDays(1):yyyy-MM-dd}", null); // the pool has a connection
        using var statements = new Statements(service.PostgresConnection);
        using var counted = _decisions = new Counted(_replica);
        await using var connection = await service.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var block = new NpgsqlCommand("lock table consultation_slot in access exclusive mode", connection, transaction))
            await block.ExecuteNonQueryAsync();
        var asked = ask();
        var start = Stopwatch.GetTimestamp();
        while (!until() && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(2)) // a statement waits for 3 s
            await Task.Delay(10);
        await transaction.CommitAsync();
        return (await asked, statements.All.Count(text => text.Contains("order by s.start_time", StringComparison.Ordinal)));
    }

    private async Task<int> TotalAsync() => (await Http.GetAsync(HttpJson.Slots, null))["total"].GetValue<int>();

    private async Task ManySlotsAsync()
    {
        for (var hours = 24; hours < 64; hours++)
            await service.SlotInAsync(hours);
    }

    private async Task<List<RedisKey>> KeysAsync()
    {
        List<RedisKey> keys = [];
        await foreach (var key in service.Redis.Multiplexer.GetServers()[0].KeysAsync(service.Redis.Database))
            keys.Add(key);
        return keys;
    }
}
