using System.Net;
using Consultation.Tests.Support;
using Consultation.Tests.Support.Engines;
using Xunit;

namespace Consultation.Tests.Guarantees.Engines;

/// <summary>Guarantee 6: a replica that was idle while PostgreSQL was restarted does not pay for the connections that died with it.</summary>
[Collection(RealProcesses.Name)]
public sealed class IdleReplicaTests(TestServers servers) : IAsyncLifetime
{
    private const int PooledConnections = 12;

    private readonly string _admin = Tokens.Admin();
    private readonly string _customer = Tokens.Customer();
    private PostgresServer _postgres = null!;
    private Replica _replica = null!;
    private long[] _slots = [];
    private int _next = -1;

    private HttpClient Http => _replica.Http;

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresServer.StartAsync("fsync=off");
        _replica = new Replica(TimeProvider.System, new(), ("ConnectionStrings:Postgres", _postgres.ConnectionString), ("ConnectionStrings:Redis", servers.NewRedis()));
        _slots = await _postgres.SlotsAsync(200, daysFromNow: 2);
    }

    public async ValueTask DisposeAsync()
    {
        await _replica.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Fact]
    public async Task After_a_restart_of_PostgreSQL_its_next_request_of_every_kind_is_answered()
    {
        var booked = (long)(await Http.BookAsync(NextSlot(), _customer))["id"];
        var start = DateTimeOffset.UtcNow.AddDays(60);
        (string Kind, Func<Task<Answer>> Ask)[] kinds =
        [
            ("list", () => Http.GetAsync($"{HttpJson.Slots}?dateTo={DateTime.UtcNow.AddDays(17):yyyy-MM-dd}", null)), // one that no cache has
            ("book", () => Http.BookAsync(NextSlot())),
            ("own history", () => Http.GetAsync(HttpJson.MyBookings, _customer)),
            ("admin slots", () => Http.GetAsync(HttpJson.AdminSlots, _admin)),
            ("slot", () => Http.GetAsync($"{HttpJson.AdminSlots}/{_slots[^1]}", _admin)),
            ("create", () => Http.PostAsync(HttpJson.AdminSlots, new { startTime = start, endTime = start.AddMinutes(30) }, _admin)),
            ("generate", () => Http.PostAsync($"{HttpJson.AdminSlots}/bulk", new
            {
                startDate = $"{start:yyyy-MM-dd}",
                endDate = $"{start:yyyy-MM-dd}",
                daysOfWeek = new[] { "MON-SUN" },
                startTime = "09:00",
                endTime = "10:00",
                intervalMinutes = 30,
                onConflict = "skip",
            }, _admin)),
            ("change", () => Http.PatchAsync($"{HttpJson.AdminSlots}/{_slots[^2]}", new { isActive = false }, _admin)),
            ("delete", () => Http.DeleteAsync($"{HttpJson.AdminSlots}/{_slots[^3]}", _admin)),
            ("admin bookings", () => Http.GetAsync(HttpJson.AdminBookings, _admin)),
            ("booking", () => Http.GetAsync($"{HttpJson.AdminBookings}/{booked}", _admin)),
            ("contacted", () => Http.PatchAsync($"{HttpJson.AdminBookings}/{booked}", new { status = "contacted" }, _admin)),
            ("ready", () => Http.GetAsync("/health/ready", null)),
        ];
        var refused = new List<string>();

        foreach (var (kind, ask) in kinds)
        {
            await FillPoolAsync();
            await _postgres.RestartAsync();
            if (await ask() is var answer && !answer.Message.IsSuccessStatusCode)
                refused.Add($"{kind}: {(int)answer.Status} {answer.Code}");
        }

        Assert.True(refused.Count == 0, $"{refused.Count} of {kinds.Length} kinds were refused: {string.Join(", ", refused)}");
    }

    [Fact]
    public async Task After_a_restart_of_PostgreSQL_its_next_ten_requests_at_once_are_answered()
    {
        await FillPoolAsync();
        await _postgres.RestartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(index => index % 2 == 0 ? Http.BookAsync(NextSlot()) : Http.GetAsync(HttpJson.AdminSlots, _admin)));

        var refused = answers.Count(answer => !answer.Message.IsSuccessStatusCode);
        Assert.True(refused == 0, $"{refused} of {answers.Length} were refused");
    }

    [Fact]
    public async Task A_booking_whose_connection_died_under_it_is_made_once_or_refused_and_never_twice()
    {
        for (var round = 0; round < 3; round++)
        {
            await FillPoolAsync();
            var slot = NextSlot();
            await _postgres.RestartAsync();

            var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Http.BookAsync(slot)));

            Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
            Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", answer.Code));
            Assert.Equal([1L], await _postgres.QueryAsync<long>("select count(*) from notification_outbox join consultation_booking b on b.id = booking_id where slot_id = @slot", new { slot }));
        }
    }

    private long NextSlot() => _slots[Interlocked.Increment(ref _next)];

    /// <summary>So many connections that a request would be given a dead one.</summary>
    private async Task FillPoolAsync()
    {
        await using var held = await LockedSlot.TakeAsync(_postgres.ConnectionString, _slots[^10]);
        var waiting = Enumerable.Range(0, PooledConnections).Select(_ => Http.PatchAsync($"{HttpJson.AdminSlots}/{_slots[^10]}", new { isActive = true }, _admin)).ToList();
        await Bounded.UntilAsync("the pool is full", TimeSpan.FromSeconds(10), async () =>
            (await _postgres.QueryAsync<long>("select count(*) from pg_stat_activity where application_name = 'consultation'"))[0] >= PooledConnections);
        await held.DisposeAsync();
        await Task.WhenAll(waiting);
    }
}
