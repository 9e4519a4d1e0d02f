using System.Text;
using Consultation.Infrastructure.Embedded;
using Dapper;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Consultation.Bench;

/// <summary>Two replicas of the Release build on one PostgreSQL, one with Redis and one whose Redis is away, and loads to put on them.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private const int Connections = 16;
    private const int OpenSlots = 140;

    private readonly string _folder = Directory.CreateTempSubdirectory("consultation-bench-").FullName;
    private EmbeddedPostgres _postgres = null!;
    private EmbeddedRedis _redis = null!;
    private Replica _replica = null!;
    private Replica _withoutRedis = null!;
    private NpgsqlDataSource _database = null!;
    private long _nextSlot;

    public string Description => $"{_postgres.Description}, {_redis.Description}, {Environment.ProcessorCount} cores for servers and load together, {Connections} connections";

    public static async Task<Bench> StartAsync()
    {
        var bench = new Bench();
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(bench._folder, (UnixFileMode)0b111_101_101);
        bench._postgres = await EmbeddedPostgres.StartAsync(Path.Combine(bench._folder, "postgres"), CancellationToken.None);
        bench._redis = await EmbeddedRedis.StartAsync(Path.Combine(bench._folder, "redis"), CancellationToken.None);
        bench._replica = new Replica(bench._postgres.ConnectionString, bench._redis.ConnectionString);
        bench._withoutRedis = new Replica(bench._postgres.ConnectionString, "127.0.0.1:1,connectTimeout=200", notifications: bench._redis.ConnectionString);
        bench._database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(bench._postgres.ConnectionString) { MaxAutoPrepare = 20 });
        await using var connection = await bench._database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "insert into consultation_slot (date, start_time, end_time) select (s at time zone 'UTC')::date, s, s + interval '30 minutes' from generate_series(now() + interval '1 day', now() + interval '10 days', interval '90 minutes') s limit @OpenSlots",
            new { OpenSlots });
        return bench;
    }

    public Task CompareAsync(string title, string unit, params (string, Func<CancellationToken, Task<long>>)[] contenders) =>
        Rounds.CompareAsync(title, unit, contenders);

    public Task<long> Health(CancellationToken end) => Repeat(_replica, RawClient.Get("/health/live"), 200, end);

    public Task<long> CachedList(CancellationToken end) => Repeat(_replica, RawClient.Get("/api/consultations/slots"), 200, end);

    public async Task<long> UnchangedList(CancellationToken end)
    {
        using var http = new HttpClient();
        using var list = await http.GetAsync(new Uri(_replica.Address, "/api/consultations/slots"), CancellationToken.None);
        return await Repeat(_replica, RawClient.Get("/api/consultations/slots", $"If-None-Match: {list.Headers.ETag}"), 304, end);
    }

    public Task<long> UncachedList(CancellationToken end) => Repeat(_withoutRedis, RawClient.Get("/api/consultations/slots"), 200, end);

    public Task<long> BookInOneStatement(CancellationToken end) => OnConnections(BookingStatements.InOneStatement, end);

    public Task<long> BookInATransaction(CancellationToken end) => OnConnections(BookingStatements.InATransaction, end);

    public Task<long> BookWithNotify(CancellationToken end) => OnConnections(BookingStatements.WithNotify, end);

    public async Task<long> Book(CancellationToken end)
    {
        var slots = await MoreSlots(20_000);
        return await OnClients(_replica, (client, count) => client.SendAsync(BookRequest(slots + Interlocked.Increment(ref _nextSlot) % 20_000), 201), end, 20_000);
    }

    public async Task<long> BookTaken(CancellationToken end)
    {
        var slot = await MoreSlots(1);
        await using (var connection = await _database.OpenConnectionAsync(CancellationToken.None))
            await BookingStatements.InOneStatement(connection, slot);
        var request = BookRequest(slot);
        return await OnClients(_replica, (client, _) => client.SendAsync(request, 400), end, long.MaxValue);
    }

    public async ValueTask DisposeAsync()
    {
        await _replica.DisposeAsync();
        await _withoutRedis.DisposeAsync();
        await _database.DisposeAsync();
        await _postgres.DisposeAsync();
        await _redis.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static byte[] BookRequest(long slotId)
    {
        var body = $$"""{"slotId":{{slotId}},"name":"Ada","email":"ada@example.org","phone":"+44 20 7946 0000"}""";
        return Encoding.ASCII.GetBytes($"POST /api/consultations/book HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    private static Task<long> Repeat(Replica on, byte[] request, int status, CancellationToken end) =>
        OnClients(on, (client, _) => client.SendAsync(request, status), end, long.MaxValue);

    private static async Task<long> OnClients(Replica on, Func<RawClient, long, ValueTask> operation, CancellationToken end, long atMost)
    {
        long started = 0;
        var counts = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using var client = new RawClient(on.Address);
            await client.ConnectAsync();
            var done = 0L;
            while (!end.IsCancellationRequested && Interlocked.Increment(ref started) <= atMost)
            {
                await operation(client, done);
                done++;
            }
            return done;
        }, CancellationToken.None)));
        return counts.Sum();
    }

    private async Task<long> OnConnections(Func<NpgsqlConnection, long, Task> book, CancellationToken end)
    {
        const int Enough = 20_000;
        var next = await MoreSlots(Enough) - 1;
        var last = next + Enough;
        var counts = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            await using var connection = await _database.OpenConnectionAsync(CancellationToken.None);
            var done = 0L;
            for (; !end.IsCancellationRequested && Interlocked.Increment(ref next) is var slot && slot <= last; done++)
                await book(connection, slot);
            return done;
        }, CancellationToken.None)));
        return counts.Sum();
    }

    /// <summary>Open slots far beyond what the list shows.</summary>
    /// <returns>The first id; the others follow it.</returns>
    private async Task<long> MoreSlots(int count)
    {
        await using var connection = await _database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<long>(
            """
            with base as (select greatest(max(end_time), now() + interval '200 days') as from_time from consultation_slot),
            made as (
                insert into consultation_slot (date, start_time, end_time)
                select ((from_time + n * interval '1 minute') at time zone 'UTC')::date, from_time + n * interval '1 minute', from_time + (n + 1) * interval '1 minute'
                from base, generate_series(1, @count) n
                returning id
            )
            select min(id) from made
            """,
            new { count });
    }

    private sealed class Replica : IAsyncDisposable
    {
        private readonly Factory _factory;

        public Replica(string postgres, string redis, string? notifications = null)
        {
            _factory = new Factory(postgres, redis, notifications ?? redis);
            _factory.UseKestrel(0);
            _factory.StartServer();
        }

        public Uri Address => _factory.ClientOptions.BaseAddress;

        public ValueTask DisposeAsync() => _factory.DisposeAsync();

        private sealed class Factory(string postgres, string redis, string notifications) : WebApplicationFactory<Program>
        {
            protected override void ConfigureWebHost(IWebHostBuilder builder)
            {
                foreach (var (key, value) in new Dictionary<string, string>
                {
                    ["ConnectionStrings:Postgres"] = postgres,
                    ["ConnectionStrings:Redis"] = redis,
                    ["ConnectionStrings:NotificationsRedis"] = notifications,
                    ["CONSULTATION_JWT_SECRET"] = "a-secret-of-the-benchmark-with-32-bytes",
                    ["CONSULTATION_JWT_ISSUER"] = "bench",
                    ["CONSULTATION_JWT_AUDIENCE"] = "bench",
                    ["CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT"] = "1000000",
                    ["CONSULTATION_PUBLIC_SLOTS_RATE_WINDOW_SECONDS"] = "1",
                    ["CONSULTATION_PUBLIC_BOOK_RATE_LIMIT"] = "1000000",
                    ["CONSULTATION_PUBLIC_BOOK_RATE_WINDOW_SECONDS"] = "1",
                })
                    builder.UseSetting(key, value);
                builder.UseContentRoot(AppContext.BaseDirectory);
                builder.ConfigureLogging(logging => logging.ClearProviders());
            }
        }
    }
}
