using Consultation.Infrastructure.Redis;
using Dapper;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Support;

/// <summary>
/// The service for one test class, in process and over real HTTP, with databases of its own. Rate limits are out of the way unless
/// a replica is started with others.
/// </summary>
public sealed class Service(TestServers servers) : IAsyncLifetime
{
    private readonly List<Replica> _replicas = [];
    private Replica? _replica;
    private ConnectionMultiplexer _redis = null!;

    internal MovableClock Clock { get; } = new();

    internal string PostgresConnection { get; private set; } = "";

    internal string RedisConnection { get; private set; } = "";

    internal NpgsqlDataSource Database { get; private set; } = null!;

    internal IDatabase Redis => _redis.GetDatabase();

    /// <summary>The replica with the tests' usual settings; started on first use, since not every class has a need of it.</summary>
    internal Replica Replica => _replica ??= StartReplica();

    internal HttpClient Http => Replica.Http;

    public async ValueTask InitializeAsync()
    {
        PostgresConnection = await servers.NewPostgresAsync();
        RedisConnection = servers.NewRedis();
        Database = NpgsqlDataSource.Create(PostgresConnection);
        _redis = await ConnectionMultiplexer.ConnectAsync(RedisConnection + ",allowAdmin=true");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        await _redis.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>
    /// One more replica on the same databases, with settings over those of the tests. It waits for Redis as long as the machine may stand still,
    /// so that counts and caching are exact; tests of the bounds start theirs with those of the product.
    /// </summary>
    internal Replica StartReplica(params (string Key, string? Value)[] settings) => StartReplica(new CircuitBreakerOptions { Timeout = TimeSpan.FromSeconds(10) }, settings);

    internal Replica StartReplica(CircuitBreakerOptions redisBounds, params (string Key, string? Value)[] settings)
    {
        var replica = new Replica(Clock, redisBounds,
        [
            ("ConnectionStrings:Postgres", PostgresConnection),
            ("ConnectionStrings:Redis", RedisConnection),
            .. settings,
        ]);
        _replicas.Add(replica);
        return replica;
    }

    /// <summary>Before a test, so that a failed one leaves evidence: no rows, no keys, the clock at now.</summary>
    internal async Task ResetAsync()
    {
        Clock.Reset();
        await ExecuteAsync("truncate notification_outbox, consultation_cancelled_booking, consultation_booking, consultation_slot restart identity");
        await _redis.GetServers()[0].FlushDatabaseAsync(Redis.Database);
    }

    internal async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, parameters);
    }

    internal async Task<T?> ScalarAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<T>(sql, parameters);
    }

    internal async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return (await connection.QueryAsync<T>(sql, parameters)).AsList();
    }

    /// <summary>A slot in the database; its date is the day in UTC, the zone of the tests' service.</summary>
    internal async Task<long> SlotAsync(DateTimeOffset start, int minutes = 30, bool active = true) =>
        await ScalarAsync<long>(
            """
            insert into consultation_slot (date, start_time, end_time, is_active)
            values ((@start at time zone 'UTC')::date, @start, @start + make_interval(mins => @minutes), @active) returning id
            """,
            new { start = start.ToUniversalTime(), minutes, active });

    /// <summary>A slot that starts so many hours from now, on the full minute.</summary>
    internal Task<long> SlotInAsync(double hours, bool active = true)
    {
        var start = Clock.GetUtcNow().AddHours(hours);
        return SlotAsync(start.AddTicks(-(start.Ticks % TimeSpan.TicksPerMinute)), active: active);
    }

    internal async Task<long> BookingAsync(long slotId, string? customerId = null, string name = "Ada Lovelace", string email = "ada@example.org", string phone = "+44 20 7946 0000") =>
        await ScalarAsync<long>(
            "insert into consultation_booking (slot_id, customer_id, name, email, phone) values (@slotId, @customerId, @name, @email, @phone) returning id",
            new { slotId, customerId, name, email, phone });
}
