using System.Diagnostics;
using Npgsql;

namespace Consultation.Bench.Servers;

/// <summary>The slots in the database: some to be listed, and many, far beyond what a list shows, to be booked.</summary>
internal sealed class Slots : IAsyncDisposable
{
    /// <summary>Many more than any contender books in a second.</summary>
    private const int PerSecond = 64_000;

    private const int Blocks = 3;

    private static readonly TimeSpan SettleBound = TimeSpan.FromMinutes(1);

    private readonly NpgsqlDataSource _database;
    private readonly int _perRound;
    private long _first;
    private int _rounds;

    private Slots(string connectionString, int perRound)
    {
        _database = NpgsqlDataSource.Create(connectionString);
        _perRound = perRound;
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        PostgresAddress = $"postgresql://{to.Username}:{to.Password}@{to.Host}:{to.Port}/{to.Database}";
    }

    internal const int BulkDays = 50;
    internal const int BulkPerDay = 100;
    internal const int BulkMinutes = 10;

    /// <summary>From this day on, no slots but those that are made in bulk.</summary>
    internal static DateOnly BulkFrom { get; } = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(30);

    /// <summary>For programs that know nothing of .NET.</summary>
    internal string PostgresAddress { get; }

    internal string List20 { get; } = List(3, 3);

    internal string List200 { get; } = List(10, 12);

    /// <param name="connectionString">Of a migrated database.</param>
    /// <param name="options">Longer rounds need more slots.</param>
    /// <param name="stop">Stops the making.</param>
    internal static async Task<Slots> MakeAsync(string connectionString, Options options, CancellationToken stop)
    {
        var slots = new Slots(connectionString, PerSecond * Math.Max(options.RoundSeconds, options.WarmUpSeconds));
        await slots.MakeAsync("current_date + 3", 20, 20, stop);
        await slots.MakeAsync("current_date + 10", 20, 200, stop);
        slots._first = await slots.MakeAsync("current_date + 400", 1, Blocks * slots._perRound, stop);
        await slots.RunAsync("vacuum analyze", stop);
        return slots;
    }

    /// <summary>
    /// What the round before has left to do is done, its bookings are gone and its pages written, and the two rounds before have not
    /// touched these slots.
    /// </summary>
    /// <returns>The first of the round's slots; the others follow it.</returns>
    internal async Task<long> FreshAsync(CancellationToken stop)
    {
        await SettledAsync(stop);
        await RunAsync("truncate notification_outbox, consultation_booking cascade", stop);
        await RunAsync("checkpoint", stop);
        return _first + _rounds++ % Blocks * _perRound;
    }

    internal int PerClient(int clients) => _perRound / clients;

    internal Task TakeAsync(long slot, CancellationToken stop) => RunAsync(
        $"insert into consultation_booking (slot_id, name, email, phone) values ({slot}, 'Ada', 'ada@example.org', '+44 20 7946 0000')",
        stop);

    internal Task DeleteBulkAsync(CancellationToken stop) => RunAsync(
        $"delete from consultation_slot where date >= '{BulkFrom:yyyy-MM-dd}' and date < '{BulkFrom.AddDays(BulkDays):yyyy-MM-dd}'", stop);

    /// <summary>Of the bookings' jobs, the share that was on the queue when this was asked.</summary>
    internal async Task<double> ShareOnQueueAsync(CancellationToken stop)
    {
        await using var command = _database.CreateCommand(
            "select count(queued_at)::float8 / greatest(count(*), 1) from notification_outbox");
        return (double)(await command.ExecuteScalarAsync(stop))!;
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    /// <summary>The load's last requests may still be at work when it has ended, and notifications on their way.</summary>
    private async Task SettledAsync(CancellationToken stop)
    {
        await using var command = _database.CreateCommand("""
            select not exists (select from notification_outbox where queued_at is null)
                and not exists (
                    select from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid())
            """);
        for (var started = Stopwatch.GetTimestamp(); !(bool)(await command.ExecuteScalarAsync(stop))!; await Task.Delay(20, stop))
        {
            if (Stopwatch.GetElapsedTime(started) > SettleBound)
                throw new InvalidOperationException($"The bookings of a round have left work for more than {SettleBound.TotalSeconds} s.");
        }
    }

    private static string List(int fromDay, int toDay)
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        return $"/api/consultations/slots?dateFrom={today.AddDays(fromDay):yyyy-MM-dd}&dateTo={today.AddDays(toDay):yyyy-MM-dd}";
    }

    private async Task<long> MakeAsync(string fromDay, int minutes, int count, CancellationToken stop)
    {
        await using var command = _database.CreateCommand($"""
            with made as (
                insert into consultation_slot (date, start_time, end_time)
                select (start at time zone 'UTC')::date, start, start + interval '{minutes} minutes'
                from generate_series(0, {count} - 1) n,
                    lateral (select ({fromDay})::timestamp at time zone 'UTC' + n * interval '{minutes} minutes') s (start)
                returning id
            )
            select min(id) from made
            """);
        command.CommandTimeout = 300;
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }

    private async Task RunAsync(string sql, CancellationToken stop)
    {
        await using var command = _database.CreateCommand(sql);
        command.CommandTimeout = 300;
        await command.ExecuteNonQueryAsync(stop);
    }
}
