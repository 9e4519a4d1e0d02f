using System.Net;
using Consultation.Features.BookSlot;
using Consultation.Infrastructure.Errors;
using Consultation.Tests.Support;
using Dapper;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Features.BookSlot;

/// <summary>Bookings that wait together are decided in one statement, and each of them as if it were alone.</summary>
public sealed class BookSlotBatchTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    /// <summary>As many as are under way at once: what comes after them waits, and goes together.</summary>
    private const int BatchesAtOnce = 2;

    private int _slotsMade;

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_lone_booking_and_a_refusal_are_one_statement_each()
    {
        var (slot, _) = (await service.SlotInAsync(24), await service.SlotInAsync(25));
        await service.Http.BookAsync(await service.SlotInAsync(1));
        using var statements = new Statements(service.PostgresConnection);

        Assert.Equal(HttpStatusCode.Created, (await service.Http.BookAsync(slot)).Status);
        Assert.Single(statements.All);

        Assert.Single((await service.Http.BookAsync(slot))["alternatives"].AsArray());
        Assert.Equal(2, statements.All.Count);
    }

    [Fact]
    public async Task Bookings_that_wait_together_are_one_statement()
    {
        var slots = await SlotsAsync(40);
        using var statements = new Statements(service.PostgresConnection);

        var answers = await TogetherAsync(service.Replica, [.. slots.Select(slot => Command(slot))]);

        Assert.All(answers, answer => Assert.Null(answer.Refusal));
        Assert.Equal(slots, answers.Select(answer => answer.Value.Slot.Id));
        Assert.Equal(BatchesAtOnce + 1, statements.All.Count(text => text.Contains("insert into consultation_booking", StringComparison.Ordinal)));
        Assert.Equal(40, answers.Select(answer => answer.Value.AccessKey).Distinct().Count());
    }

    [Fact]
    public async Task Under_load_most_bookings_share_their_statement()
    {
        var slots = await SlotsAsync(300);
        await service.Http.BookAsync(await service.SlotInAsync(1));
        using var statements = new Statements(service.PostgresConnection);

        var answers = await Task.WhenAll(slots.Select(slot => service.Http.BookAsync(slot)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
        TestContext.Current.SendDiagnosticMessage("{0} bookings in {1} statements", slots.Length, statements.All.Count);
        Assert.InRange(statements.All.Count, slots.Length / 64, slots.Length / 2);
    }

    [Fact]
    public async Task Each_is_decided_by_itself()
    {
        var slots = await SlotsAsync(6);
        var (off, past) = (await service.SlotInAsync(30, active: false), await service.SlotInAsync(-1));
        await service.Http.BookAsync(BookingRequest.For(slots[0], ("name", "Ada"), ("phone", "12345")), key: "bound");
        await service.Http.BookAsync(slots[1]);

        var answers = await TogetherAsync(
            service.Replica,
            Command(slots[0], "bound"), Command(slots[2], "bound"), Command(slots[1]), Command(off), Command(past), Command(999),
            Command(slots[3], "new"), Command(slots[3], "other"), Command(slots[4], "new"), Command(slots[3], "new"), Command(slots[2]));

        Assert.Equal(
            [
                "replayed", "IDEMPOTENCY_KEY_REUSED", "CONSULTATION_SLOT_ALREADY_BOOKED", "CONSULTATION_SLOT_INACTIVE", "CONSULTATION_SLOT_PAST_DATE",
                "CONSULTATION_SLOT_NOT_FOUND", "booked", "CONSULTATION_SLOT_ALREADY_BOOKED", "IDEMPOTENCY_KEY_REUSED", "replayed", "booked",
            ],
            answers.Select(answer => answer.Refusal?.Code ?? (answer.Value.Replayed ? "replayed" : "booked")));
        Assert.Equal(answers[6].Value with { Replayed = true }, answers[9].Value);
        Assert.NotEmpty((IEnumerable<object>)answers[2].Refusal!.Extra!);
        Assert.Equal(2 + BatchesAtOnce + 2, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
    }

    [Fact]
    public async Task What_the_database_refuses_of_one_is_ones_own_failure()
    {
        var slots = await SlotsAsync(5);
        await service.ExecuteAsync("alter table consultation_booking add constraint no_poison check (name <> 'Poison')");
        try
        {
            var asked = await HeldAsync(service.Replica, [.. slots.Select((slot, i) => Command(slot) with { Name = i == 2 ? "Poison" : "Ada" })]);
            var failure = await Assert.ThrowsAsync<PostgresException>(() => asked[2]);
            Assert.Equal("no_poison", failure.ConstraintName);
            foreach (var i in (int[])[0, 1, 3, 4])
                Assert.Null((await asked[i]).Refusal);
        }
        finally
        {
            await service.ExecuteAsync("alter table consultation_booking drop constraint no_poison");
        }
    }

    [Fact]
    public async Task A_slot_that_somebody_holds_delays_nobody_else()
    {
        var slots = await SlotsAsync(4);
        Task<Outcome<BookedSlot>>[] asked;
        await using (var connection = await service.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await connection.ExecuteAsync("select from consultation_slot where id = @id for update", new { id = slots[1] });
            asked = await HeldAsync(service.Replica, [.. slots.Select(slot => Command(slot))]);
            foreach (var i in (int[])[0, 2, 3])
                Assert.Null((await asked[i].WaitAsync(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken)).Refusal);
            Assert.False(asked[1].IsCompleted);
            await connection.ExecuteAsync("update consultation_slot set is_active = false where id = @id", new { id = slots[1] });
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal("CONSULTATION_SLOT_INACTIVE", (await asked[1]).Refusal?.Code);
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_others_to_their_bookings()
    {
        var slots = await SlotsAsync(3);
        using var gone = new CancellationTokenSource();

        var asked = await HeldAsync(service.Replica, [.. slots.Select(slot => Command(slot))], gone);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked[0]);
        Assert.Null((await asked[1]).Refusal);
        Assert.Null((await asked[2]).Refusal);
        Assert.Equal(slots[1..], await service.QueryAsync<long>("select slot_id from consultation_booking where name = 'Ada' order by slot_id"));
    }

    /// <summary>
    /// Both have come to the key in the middle when it is free; who had inserted in the order of requests would hold what the other needs
    /// next.
    /// </summary>
    [Fact]
    public async Task Batches_of_two_replicas_with_the_same_keys_never_wait_for_each_other_in_a_circle()
    {
        const int Keys = 20;
        await using var other = service.StartReplica();
        var deadlocks = await DeadlocksAsync();
        var slots = await SlotsAsync(2 * Keys);
        var keys = Enumerable.Range(0, Keys).Select(i => $"key-{i:00}").ToArray();

        await using var first = await KeyHolder.HoldAsync(service, (await SlotsAsync(1))[0], "held");
        await using var middle = await KeyHolder.HoldAsync(service, (await SlotsAsync(1))[0], keys[Keys / 2]);
        var held = new List<Task>();
        foreach (var replica in (Replica[])[service.Replica, other])
            foreach (var slot in await SlotsAsync(BatchesAtOnce))
                held.Add(HandlerOf(replica).Handle(Command(slot, "held"), CancellationToken.None));
        await WaitingAsync(2 * BatchesAtOnce);
        var here = keys.Select((key, i) => HandlerOf(service.Replica).Handle(Command(slots[i], key), CancellationToken.None)).ToArray();
        var there = keys.Reverse().Select((key, i) => HandlerOf(other).Handle(Command(slots[Keys + i], key), CancellationToken.None)).ToArray();
        await first.ReleaseAsync();
        await Task.WhenAll(held);
        await WaitingAsync(2);
        await middle.ReleaseAsync();

        var answers = await Task.WhenAll(here.Concat(there));
        Assert.Equal(Keys, answers.Count(answer => answer.Refusal is null));
        Assert.Equal(Keys, answers.Count(answer => answer.Refusal?.Code == "IDEMPOTENCY_KEY_REUSED"));
        Assert.Equal(deadlocks, await DeadlocksAsync());
    }

    [Fact]
    public async Task Many_who_want_a_slot_that_is_taken_write_nothing()
    {
        var slot = await service.SlotInAsync(24);
        await service.Http.BookAsync(slot);
        const string RowVersion = "select xmin::text || ' ' || xmax::text || ' ' || ctid::text from consultation_slot where id = @slot";
        var before = await service.ScalarAsync<string>(RowVersion, new { slot });

        var answers = await Task.WhenAll(Enumerable.Range(0, 48 * 4).Select(_ => service.Http.BookAsync(slot)));

        Assert.All(answers, answer => Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", answer.Code));
        Assert.Equal(before, await service.ScalarAsync<string>(RowVersion, new { slot }));
    }

    private static BookSlotCommand Command(long slot, string? key = null) =>
        new() { SlotId = slot, Name = "Ada", Email = "ada@example.org", Phone = "12345", IdempotencyKey = key };

    private async Task<long[]> SlotsAsync(int count) => [.. await service.QueryAsync<long>(
        """
        insert into consultation_slot (date, start_time, end_time)
        select start::date, start, start + interval '5 minutes'
        from (select timestamptz '2101-01-01Z' + n * interval '5 minutes' from generate_series(@first, @first + @count - 1) n) as starts (start)
        returning id
        """,
        new { first = Interlocked.Add(ref _slotsMade, count) - count, count })];

    private async Task<Outcome<BookedSlot>[]> TogetherAsync(Replica replica, params BookSlotCommand[] commands) => await Task.WhenAll(await HeldAsync(replica, commands));

    /// <summary>
    /// Sends them while no booking can be written, and as many before them as are under way at once; so they wait for those, and go
    /// together. The first gives up before they do if <paramref name="gone"/> is there.
    /// </summary>
    private async Task<Task<Outcome<BookedSlot>>[]> HeldAsync(Replica replica, BookSlotCommand[] commands, CancellationTokenSource? gone = null)
    {
        var first = await SlotsAsync(BatchesAtOnce);
        var handler = HandlerOf(replica);
        await using var connection = await service.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync("lock table consultation_booking in share mode");

        var held = first.Select(slot => handler.Handle(Command(slot) with { Name = "Held" }, CancellationToken.None)).ToArray();
        await WaitingAsync(BatchesAtOnce);
        var asked = commands.Select((command, i) => handler.Handle(command, i == 0 && gone is not null ? gone.Token : CancellationToken.None)).ToArray();
        if (gone is not null)
            await gone.CancelAsync();
        await transaction.CommitAsync();
        await Task.WhenAll(held);
        return asked;
    }

    private static IRequestHandler<BookSlotCommand, Outcome<BookedSlot>> HandlerOf(Replica replica) =>
        replica.Services.GetRequiredService<IRequestHandler<BookSlotCommand, Outcome<BookedSlot>>>();

    private Task WaitingAsync(int statements) => Eventually.Async("those under way wait", TimeSpan.FromSeconds(3), async () => await service.ScalarAsync<long>(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") >= statements);

    private async Task<long> DeadlocksAsync()
    {
        await service.ExecuteAsync("select pg_stat_force_next_flush()");
        return await service.ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()");
    }

    /// <summary>A booking that is not committed, and so keeps others with its key waiting until it is taken back.</summary>
    private sealed class KeyHolder(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public static async Task<KeyHolder> HoldAsync(Service service, long slot, string key)
        {
            var connection = await service.Database.OpenConnectionAsync();
            var holder = new KeyHolder(connection, await connection.BeginTransactionAsync());
            await connection.ExecuteAsync(
                """
                insert into consultation_booking (slot_id, name, email, phone, idempotency_caller, idempotency_key)
                values (@slot, 'Grace', 'grace@example.org', '12345', '', @key)
                """,
                new { slot, key });
            return holder;
        }

        public Task ReleaseAsync() => transaction.RollbackAsync();

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
