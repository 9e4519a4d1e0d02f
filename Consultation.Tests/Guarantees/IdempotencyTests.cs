using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Consultation.Tests.Support;
using Dapper;
using Xunit;

namespace Consultation.Tests.Guarantees;

/// <summary>Guarantee 1, for retries: a repeat with the same key answers the first booking again, whoever answered or failed to before.</summary>
[Collection(RealProcesses.Name)]
public sealed class IdempotencyTests(ThreeReplicas three) : IClassFixture<ThreeReplicas>, IAsyncLifetime
{
    private readonly Service _service = three.Databases;

    public async ValueTask InitializeAsync() => await _service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task One_key_fired_twenty_times_with_connections_cut_and_again_after_a_restart_is_one_booking()
    {
        const int Keys = 10, Shots = 20;
        var slots = new long[Keys];
        for (var index = 0; index < Keys; index++)
            slots[index] = await _service.SlotInAsync(24 + index);
        var first = new Answer[Keys];

        for (var index = 0; index < Keys; index++)
        {
            var (slot, key) = (slots[index], $"key-{index}");
            // half of them or more hang up before they can have their answer; of the first key all do
            await using var connection = await _service.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await connection.ExecuteAsync("begin; select from consultation_slot where id = @slot for update", new { slot });
            var hungUp = new List<TcpClient>();
            await Bounded.UntilAsync("one of them is under way", TimeSpan.FromSeconds(30), async () =>
            {
                if (hungUp.Count < 10 * Shots) // the lock outlasts the patience of a replica that is slow to start
                    hungUp.AddRange(await Task.WhenAll(Enumerable.Range(0, Shots / 2).Select(shot => FireAsync(Replica(shot).Address, slot, key))));
                // on another connection: within a transaction the view shows what it showed first
                return await _service.ScalarAsync<int>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0;
            });
            var waiting = Enumerable.Range(0, index == 0 ? 0 : Shots / 2).Select(shot => Replica(shot).Http.BookAsync(slot, idempotencyKey: key)).ToList();
            hungUp.ForEach(client => client.Dispose());
            await connection.ExecuteAsync("commit");

            var shots = await Task.WhenAll(waiting);
            await Bounded.UntilAsync("a request whose client has gone is carried out", TimeSpan.FromSeconds(20), async () =>
                await _service.ScalarAsync<int>("select count(*) from consultation_booking where slot_id = @slot", new { slot }) == 1);

            first[index] = await three.Replicas[0].Http.BookAsync(slot, idempotencyKey: key);
            Assert.Equal("true", first[index].Header("Idempotency-Replayed"));
            Assert.All(shots, answer => Assert.Equal((HttpStatusCode.Created, first[index].Text), (answer.Status, answer.Text)));
            Assert.True(shots.Count(answer => answer.Header("Idempotency-Replayed") is null) <= 1);
        }

        await three.RestartAsync();

        for (var index = 0; index < Keys; index++)
        {
            var (slot, key) = (slots[index], $"key-{index}");
            foreach (var replica in three.Replicas)
            {
                var again = await replica.Http.BookAsync(slot, idempotencyKey: key);
                Assert.Equal((HttpStatusCode.Created, first[index].Text, "true"), (again.Status, again.Text, again.Header("Idempotency-Replayed")));
            }
        }
        Assert.Equal(Keys, await _service.ScalarAsync<int>("select count(*) from consultation_booking"));
        Assert.Equal(Keys, await _service.ScalarAsync<int>("select count(*) from notification_outbox"));

        var reused = await Task.WhenAll(three.Replicas.Select((replica, index) => replica.Http.BookAsync(slots[index + 1], idempotencyKey: "key-0")));
        Assert.All(reused, answer => Assert.Equal((HttpStatusCode.UnprocessableEntity, "IDEMPOTENCY_KEY_REUSED"), (answer.Status, answer.Code)));
    }

    [Fact]
    public async Task The_same_key_of_three_callers_at_once_is_a_booking_for_each()
    {
        string?[] callers = [null, Tokens.Customer("a"), Tokens.Customer("b")];
        var slots = new long[callers.Length];
        for (var index = 0; index < slots.Length; index++)
            slots[index] = await _service.SlotInAsync(24 + index);

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(async shot => (
            Caller: shot % 3, Answer: await three.Replicas[shot / 3 % 3].Http.BookAsync(slots[shot % 3], callers[shot % 3], "shared"))));

        Assert.All(answers, each => Assert.Equal(HttpStatusCode.Created, each.Answer.Status));
        foreach (var caller in answers.GroupBy(each => each.Caller))
        {
            Assert.Single(caller.Select(each => each.Answer.Text).Distinct());
            Assert.Single(caller, each => each.Answer.Header("Idempotency-Replayed") is null);
        }
        Assert.Equal(3, await _service.ScalarAsync<int>("select count(distinct slot_id) from consultation_booking"));
    }

    private PublishedService Replica(int shot) => three.Replicas[shot % three.Replicas.Length];

    /// <summary>Sends the whole request; the connection is reset when the client is disposed.</summary>
    private static async Task<TcpClient> FireAsync(Uri address, long slotId, string key)
    {
        var body = JsonSerializer.Serialize(new { slotId, name = "Ada Lovelace", email = "ada@example.org", phone = "+44 20 7946 0000" });
        var client = new TcpClient { LingerState = new LingerOption(enable: true, seconds: 0) };
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {HttpJson.Book} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        return client;
    }
}
