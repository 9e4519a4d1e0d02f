using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Consultation.Tests.Support;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Infrastructure.Caching;

/// <summary>Guarantee 3: after a write is answered, no later list of any replica shows the state before it.</summary>
public sealed class FreshnessTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const int Writers = 4;
    private const int Readers = 6;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    private readonly ConcurrentQueue<Read> _reads = new();
    private readonly ConcurrentDictionary<long, ConcurrentQueue<Write>> _writes = new();

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task No_list_of_two_replicas_under_fire_is_older_than_a_write_that_was_answered()
    {
        Replica[] replicas = [service.StartReplica(), service.StartReplica()];
        await HammerAsync(replicas);
    }

    [Fact]
    public async Task What_a_reader_keeps_whom_a_writer_overtook_is_served_by_nobody()
    {
        var postgres = new NpgsqlConnectionStringBuilder(service.PostgresConnection);
        await using var proxy = new TcpProxy(postgres.Host!, postgres.Port);
        (postgres.Host, postgres.Port) = ("127.0.0.1", proxy.Port);
        Replica[] replicas = [service.StartReplica(("ConnectionStrings:Postgres", postgres.ConnectionString)), service.StartReplica()];
        await replicas[0].Http.GetAsync($"{HttpJson.Slots}?dateTo={service.Clock.GetUtcNow().AddDays(1):yyyy-MM-dd}", null);
        var slot = await service.SlotInAsync(24);
        await replicas[1].Http.PatchAsync($"{HttpJson.AdminSlots}/{slot}", new { isActive = true }, Tokens.Admin()); // a new version
        var since = await service.ScalarAsync<DateTime>("select clock_timestamp()");

        proxy.HoldReplies();
        var overtaken = replicas[0].Http.GetAsync(HttpJson.Slots, null);
        await Eventually.Async("its query has been run", TimeSpan.FromSeconds(10), () => service.ScalarAsync<bool>(
            "select exists (select from pg_stat_activity where datname = current_database() and state = 'idle' and query like @list and query_start > @since)",
            new { list = "%order by s.start_time%", since }));
        Assert.Equal(HttpStatusCode.Created, (await replicas[1].Http.BookAsync(slot)).Status);
        Assert.Equal(0, await TotalAsync(replicas[1])); // the new list is in Redis, and the old one is about to overwrite it
        Assert.Equal(0, await TotalAsync(replicas[0])); // it knows the new version by now, and must not store the old list under that
        proxy.ReleaseReplies();

        Assert.Equal(1, (await overtaken)["total"].GetValue<int>());
        await Eventually.Async("the old list is in Redis", TimeSpan.FromSeconds(10), async () => (await EntriesAsync()).Exists(entry => entry.Contains("\"total\":1", StringComparison.Ordinal)));
        Assert.Equal(0, await TotalAsync(service.StartReplica()));
        Assert.Equal(0, await TotalAsync(replicas[0]));
        Assert.Equal(0, await TotalAsync(replicas[1]));

        static async Task<int> TotalAsync(Replica replica) => (await replica.Http.GetAsync(HttpJson.Slots, null))["total"].GetValue<int>();
    }

    private async Task<List<string>> EntriesAsync()
    {
        List<string> entries = [];
        await foreach (var key in service.Redis.Multiplexer.GetServers()[0].KeysAsync(service.Redis.Database, "consultation:customer:slots:list:*-*"))
            entries.Add($"{await service.Redis.StringGetAsync(key)}");
        return entries;
    }

    [Fact]
    public async Task A_booking_that_was_committed_though_nobody_was_told_is_in_the_lists_once_PostgreSQL_answers()
    {
        var postgres = new NpgsqlConnectionStringBuilder(service.PostgresConnection);
        await using var proxy = new TcpProxy(postgres.Host!, postgres.Port);
        (postgres.Host, postgres.Port) = ("127.0.0.1", proxy.Port);
        Replica[] replicas = [service.StartReplica(("ConnectionStrings:Postgres", postgres.ConnectionString)), service.StartReplica()];

        proxy.Delay = TimeSpan.Zero;
        await replicas[0].Http.BookAsync(1_000_000); // the pool has a connection, and the statement is known
        await replicas[0].Http.BookAsync(1_000_000);
        var slot = await service.SlotInAsync(24);
        Assert.Equal(1, await TotalAsync());

        proxy.Delay = TimeSpan.FromSeconds(2);
        var untold = replicas[0].Http.BookAsync(slot);
        await Eventually.Async("it is committed", TimeSpan.FromSeconds(10), () => service.ScalarAsync<bool>("select exists (select from consultation_booking)"));
        proxy.Leave();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await untold).Status);
        Assert.Equal(1, await TotalAsync()); // as valid as the replica can know

        proxy.Delay = TimeSpan.Zero;
        proxy.Return();
        await Eventually.Async("the list is evicted", TimeSpan.FromSeconds(5), async () => await TotalAsync() == 0);

        async Task<int> TotalAsync() => (await replicas[1].Http.GetAsync(HttpJson.Slots, null))["total"].GetValue<int>();
    }

    private async Task HammerAsync(Replica[] replicas)
    {
        _reads.Clear();
        _writes.Clear();
        await Task.WhenAll(replicas.Select(replica => replica.Http.GetAsync(HttpJson.Slots, null)));
        using Counted first = new(replicas[0]), second = new(replicas[1]);
        using var time = new CancellationTokenSource(Duration);

        await Task.WhenAll([
            .. Enumerable.Range(0, Writers).Select(index => new Writer(this, replicas, index).RunAsync(time.Token)),
            .. Enumerable.Range(0, Readers).Select(index => ReadAsync(replicas[index % 2].Http, time.Token))]);

        var stale = _reads.SelectMany(Judge).ToList();
        Assert.True(stale.Count == 0, $"{stale.Count} stale sights in {_reads.Count} lists, like {stale.FirstOrDefault()}. {first}. {second}. "
            + string.Join(' ', replicas.SelectMany(replica => replica.Log.Of(Microsoft.Extensions.Logging.LogLevel.Warning))));
        Assert.All([first, second], counted => Assert.True(
            counted["consultation.cache.reads result=hit"] + counted["consultation.cache.reads result=fetched"] + counted["consultation.cache.reads result=shared"] > 20,
            $"the cache was hardly used: {counted}"));
        TestContext.Current.TestOutputHelper!.WriteLine($"{_reads.Count} lists, {_writes.Values.Sum(of => of.Count)} writes. {first}. {second}.");
        Assert.True(_writes.Values.Sum(of => of.Count) > 50 && _reads.Count > 100);
    }

    private async Task ReadAsync(HttpClient http, CancellationToken time)
    {
        while (!time.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            var answer = await http.GetAsync($"{HttpJson.Slots}?dateTo={service.Clock.GetUtcNow().AddDays(90):yyyy-MM-dd}", null);
            var end = Stopwatch.GetTimestamp();
            if (answer.Status == HttpStatusCode.ServiceUnavailable)
                continue; // a machine too busy for PostgreSQL's bound; what is listed is judged, and that enough is
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            _reads.Enqueue(new Read(start, end, answer["items"].AsArray().ToDictionary(
                slot => slot!["id"]!.GetValue<long>(), slot => slot!["startTime"]!.GetValue<DateTimeOffset>())));
        }
    }

    /// <summary>
    /// A slot is written by one writer alone, so its writes follow each other. A list may show what the last write before it left,
    /// and what any write that overlaps it leaves.
    /// </summary>
    private IEnumerable<string> Judge(Read read)
    {
        foreach (var (id, history) in _writes)
        {
            DateTimeOffset? shown = read.Open.TryGetValue(id, out var start) ? start : null;
            var before = history.LastOrDefault(write => write.End < read.Start);
            var allowed = history.Where(write => write.End >= read.Start && write.Start <= read.End).Select(write => write.Open).Append(before?.Open);
            if (!allowed.Contains(shown))
                yield return $"slot {id}, shown as '{shown:O}' though {before?.Name} left '{before?.Open:O}' {Stopwatch.GetElapsedTime(before?.End ?? 0, read.Start).TotalMilliseconds:0.0} ms before";
        }
    }

    /// <param name="Start">A timestamp.</param>
    /// <param name="End">A timestamp.</param>
    /// <param name="Open">The listed slots with their starts.</param>
    private sealed record Read(long Start, long End, Dictionary<long, DateTimeOffset> Open);

    /// <param name="Name">What was done.</param>
    /// <param name="Start">A timestamp.</param>
    /// <param name="End">A timestamp.</param>
    /// <param name="Open">The start that lists show afterwards; null when they leave the slot out.</param>
    private sealed record Write(string Name, long Start, long End, DateTimeOffset? Open);

    private sealed class Writer(FreshnessTests test, Replica[] replicas, int index)
    {
        private readonly string _token = Tokens.Admin();
        private readonly Random _random = new(index);
        private readonly Dictionary<long, DateTimeOffset> _own = [];
        private readonly DateTimeOffset _day = new(DateTime.UtcNow.Date.AddDays(10 + (20 * index)), TimeSpan.Zero);
        private int _minute;

        private HttpClient Http => replicas[_random.Next(2)].Http;

        public async Task RunAsync(CancellationToken time)
        {
            while (!time.IsCancellationRequested)
                await (_own.Count < 3 ? CreateAsync() : _random.Next(8) switch
                {
                    0 => CreateAsync(),
                    1 => BulkAsync(),
                    2 => BookAsync(),
                    3 => DeleteAsync(),
                    4 or 5 => MoveAsync(),
                    _ => SwitchAsync(),
                });
        }

        /// <summary>No two slots of the run start together: each writer has twenty days of minutes.</summary>
        private DateTimeOffset NextStart() => _day.AddMinutes(_minute++);

        private long Any() => _own.Keys.ElementAt(_random.Next(_own.Count));

        private async Task CreateAsync()
        {
            var start = NextStart();
            var (from, answer, to) = await Timed(http => http.PostAsync(HttpJson.AdminSlots, new { startTime = start, endTime = start.AddMinutes(5) }, _token));
            Note("create", answer["id"].GetValue<long>(), from, to, start);
        }

        private async Task BulkAsync()
        {
            var start = NextStart();
            _minute += 10;
            if (start.AddMinutes(10).Date != start.Date)
                return; // the window of a day ends with it
            var (from, answer, to) = await Timed(http => http.PostAsync($"{HttpJson.AdminSlots}/bulk", new
            {
                startDate = $"{start:yyyy-MM-dd}",
                endDate = $"{start:yyyy-MM-dd}",
                daysOfWeek = new[] { "MON-SUN" },
                startTime = $"{start:HH:mm}",
                endTime = $"{start.AddMinutes(10):HH:mm}",
                intervalMinutes = 5,
            }, _token));
            foreach (var slot in answer["slots"].AsArray())
                Note("bulk", slot!["id"]!.GetValue<long>(), from, to, slot["startTime"]!.GetValue<DateTimeOffset>());
        }

        private async Task BookAsync()
        {
            var id = Any();
            var (from, _, to) = await Timed(http => http.BookAsync(id));
            Note("book", id, from, to, null);
        }

        private async Task DeleteAsync()
        {
            var id = Any();
            var (from, _, to) = await Timed(http => http.DeleteAsync($"{HttpJson.AdminSlots}/{id}", _token));
            Note("delete", id, from, to, null);
        }

        private async Task MoveAsync()
        {
            var (id, start) = (Any(), NextStart());
            var (from, _, to) = await Timed(http => http.PatchAsync($"{HttpJson.AdminSlots}/{id}", new { startTime = start, endTime = start.AddMinutes(5) }, _token));
            Note("move", id, from, to, start);
        }

        private async Task SwitchAsync()
        {
            var id = Any();
            var start = _own[id];
            var (from, _, to) = await Timed(http => http.PatchAsync($"{HttpJson.AdminSlots}/{id}", new { isActive = false }, _token));
            Note("deactivate", id, from, to, null);
            (from, _, to) = await Timed(http => http.PatchAsync($"{HttpJson.AdminSlots}/{id}", new { isActive = true }, _token));
            Note("activate", id, from, to, start);
        }

        private async Task<(long From, Answer Answer, long To)> Timed(Func<HttpClient, Task<Answer>> write)
        {
            var from = Stopwatch.GetTimestamp();
            var answer = await write(Http);
            var to = Stopwatch.GetTimestamp();
            Assert.True(answer.Message.IsSuccessStatusCode, $"{answer.Text} {string.Join(Environment.NewLine, replicas.SelectMany(replica => replica.Log.Of(Microsoft.Extensions.Logging.LogLevel.Warning)))}");
            return (from, answer, to);
        }

        private void Note(string name, long id, long from, long to, DateTimeOffset? open)
        {
            if (open is { } start)
                _own[id] = start;
            else
                _own.Remove(id);
            test._writes.GetOrAdd(id, _ => new()).Enqueue(new Write(name, from, to, open));
        }
    }
}
