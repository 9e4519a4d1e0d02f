using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Guarantees;

/// <summary>
/// Guarantees 1 and 4: one slot never has two bookings, whatever the number of replicas and clients; after a deactivation, move or
/// deletion is answered, no booking of the old state succeeds.
/// </summary>
[Collection(RealProcesses.Name)]
public sealed class RaceTests(ThreeReplicas three) : IClassFixture<ThreeReplicas>, IAsyncLifetime
{
    private readonly Service _service = three.Databases;
    private readonly string _admin = Tokens.Admin();

    public async ValueTask InitializeAsync() => await _service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_hundred_clients_for_each_of_fifty_slots_at_three_replicas_make_fifty_bookings()
    {
        const int Slots = 50, Clients = 100;
        var slots = new long[Slots];
        for (var index = 0; index < Slots; index++)
            slots[index] = await _service.SlotInAsync(24 + index);
        var requests = slots.SelectMany(slot => Enumerable.Repeat(slot, Clients)); // slot by slot, so that those who want the same one come together

        var answers = await Task.WhenAll(requests.Select(async (slot, index) => (Slot: slot, Answer: await three.Replicas[index % 3].Http.BookAsync(slot))));

        Assert.Equal(
            [(HttpStatusCode.Created, null, Slots), (HttpStatusCode.BadRequest, "CONSULTATION_SLOT_ALREADY_BOOKED", Slots * (Clients - 1))],
            answers.GroupBy(each => (each.Answer.Status, each.Answer.Code)).OrderBy(group => group.Count()).Select(group => (group.Key.Status, group.Key.Code, group.Count())));
        Assert.Equal(slots, answers.Where(each => each.Answer.Status == HttpStatusCode.Created).Select(each => each.Slot).Order());
        Assert.Equal(Slots, await _service.ScalarAsync<int>("select count(*) from consultation_booking"));
        Assert.Equal(Slots, await _service.ScalarAsync<int>("select count(distinct slot_id) from consultation_booking"));
        Assert.Equal(Slots, await _service.ScalarAsync<int>("select count(*) from notification_outbox"));
    }

    /// <summary>
    /// Two neighbouring places, five clients who do six things each, at replicas of chance; a hundred and fifty times. What they were told
    /// must be what one machine could have told them that does one thing at a time.
    /// </summary>
    [Fact]
    public async Task Booking_against_switching_moving_deleting_and_generating_is_as_if_one_thing_happened_at_a_time()
    {
        const int Calendars = 150, Clients = 5, Steps = 6, AtOnce = 8;
        var seed = Environment.TickCount;
        var histories = new ConcurrentBag<(SlotModel Initial, List<Operation> History)>();

        await Parallel.ForEachAsync(Enumerable.Range(0, Calendars), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (index, _) =>
        {
            var first = DateTimeOffset.UtcNow.Date.AddDays(30 + index).AddHours(9);
            var slot = await _service.SlotAsync(new DateTimeOffset(first, TimeSpan.Zero));
            var calendar = new Calendar(three.Replicas, _admin, first, slot);
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => calendar.ActAsync(new Random(HashCode.Combine(seed, index, client)), Steps)));
            await calendar.LookAtAllAsync();
            histories.Add((SlotModel.With(slot, 0), [.. calendar.History]));
        });

        Assert.All(histories, each => Assert.True(
            Linearizability.Holds(each.Initial, each.History), $"No legal order (seed {seed}):\n{string.Join('\n', each.History.OrderBy(operation => operation.Invoked))}"));
        var verdicts = histories.SelectMany(each => each.History).GroupBy(operation => (operation.Call.GetType().Name, operation.Reply.Verdict)).ToDictionary(group => group.Key, group => group.Count());
        TestContext.Current.SendDiagnosticMessage(string.Join(", ", verdicts));
        // the races were races: every way for them to end has been seen
        Assert.All(
            new[]
            {
                (nameof(Book), Reply.Done), (nameof(Book), Reply.Inactive), (nameof(Book), Reply.Taken), (nameof(Book), Reply.NotFound),
                (nameof(Switch), Reply.Done), (nameof(Move), Reply.Done), (nameof(Move), Reply.Conflict), (nameof(Move), Reply.Restricted),
                (nameof(Delete), Reply.Done), (nameof(Delete), Reply.Restricted), (nameof(Generate), Reply.Done), (nameof(Generate), Reply.Conflict),
            },
            verdict => Assert.Contains(verdict, verdicts.Keys));
    }

    /// <summary>Two places that nobody else uses, and what was asked and answered about them.</summary>
    private sealed class Calendar(PublishedService[] replicas, string _admin, DateTime first, long slot)
    {
        private const int Minutes = 30;
        private readonly ConcurrentQueue<long> _known = new([slot]);

        public ConcurrentQueue<Operation> History { get; } = new();

        public async Task ActAsync(Random random, int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                var ids = _known.ToArray();
                var id = ids[random.Next(ids.Length)];
                await DoAsync(replicas[random.Next(replicas.Length)].Http, random.Next(100) switch
                {
                    < 22 => new Book(id),
                    < 40 => new Switch(id, random.Next(3) > 0),
                    < 58 => new Move(id, random.Next(2)),
                    < 74 => new Delete(id),
                    < 82 => new Look(id),
                    < 88 => new Generate([0, 1], Skip: false),
                    < 92 => new Generate([random.Next(2)], Skip: false),
                    _ => new Generate([random.Next(2)], Skip: true),
                });
            }
        }

        public async Task LookAtAllAsync()
        {
            foreach (var id in _known)
                await DoAsync(replicas[0].Http, new Look(id));
        }

        private async Task DoAsync(HttpClient http, Call call)
        {
            var invoked = Stopwatch.GetTimestamp();
            var answer = await (call switch
            {
                Book(var id) => http.BookAsync(id),
                Switch(var id, var active) => http.PatchAsync($"{HttpJson.AdminSlots}/{id}", new { isActive = active }, _admin),
                Move(var id, var place) => http.PatchAsync($"{HttpJson.AdminSlots}/{id}", new { startTime = Start(place), endTime = Start(place + 1) }, _admin),
                Delete(var id) => http.DeleteAsync($"{HttpJson.AdminSlots}/{id}", _admin),
                Look(var id) => http.GetAsync($"{HttpJson.AdminSlots}/{id}", _admin),
                Generate generate => http.PostAsync($"{HttpJson.AdminSlots}/bulk", Bulk(generate), _admin),
                _ => throw new ArgumentException("Not a call.", nameof(call)),
            });
            var returned = Stopwatch.GetTimestamp();
            History.Enqueue(new Operation(call, Read(call, answer), invoked, returned));
        }

        private Reply Read(Call call, Answer answer)
        {
            if ((int)answer.Status >= 300)
                return new Reply(answer.Code ?? $"{answer.Status}");
            switch (call)
            {
                case Delete:
                    return new Reply(Reply.Done);
                case Book:
                    return new Reply(Reply.Done, new ModelSlot(PlaceOf((DateTimeOffset)answer["slot"]["startTime"]!), Active: true, Booked: true));
                case Generate:
                    var made = answer["slots"].AsArray().ToImmutableSortedDictionary(slot => (long)slot!["id"]!, slot => PlaceOf((DateTimeOffset)slot!["startTime"]!));
                    foreach (var id in made.Keys)
                        _known.Enqueue(id);
                    return new Reply(Reply.Done, Made: made);
                default:
                    var place = PlaceOf((DateTimeOffset)answer["startTime"]!);
                    return new Reply(Reply.Done, new ModelSlot(place, (bool)answer["isActive"]!, (bool)answer["isBooked"]!));
            }
        }

        private object Bulk(Generate generate) => new
        {
            startDate = $"{first:yyyy-MM-dd}",
            endDate = $"{first:yyyy-MM-dd}",
            daysOfWeek = new[] { "MON-SUN" },
            startTime = $"{Start(generate.Places[0]):HH:mm}",
            endTime = $"{Start(generate.Places[^1] + 1):HH:mm}",
            intervalMinutes = Minutes,
            onConflict = generate.Skip ? "skip" : "fail",
        };

        private DateTime Start(int place) => DateTime.SpecifyKind(first.AddMinutes(place * Minutes), DateTimeKind.Utc);

        private int PlaceOf(DateTimeOffset start) => (int)(start.UtcDateTime - first).TotalMinutes / Minutes;
    }
}
