using System.Collections.Concurrent;
using Consultation.Infrastructure.Coalescing;
using Xunit;

namespace Consultation.Tests.Infrastructure.Coalescing;

public sealed class CoalescerTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Trips that end when the test says so. A result is its item times ten.</summary>
    private sealed class HeldTrips
    {
        private readonly ConcurrentQueue<Trip> _begun = new();

        public sealed record Trip(IReadOnlyList<int> Items)
        {
            public TaskCompletionSource<IReadOnlyList<int>> End { get; } = new();

            public void Succeed() => End.SetResult([.. Items.Select(item => item * 10)]);
        }

        public int Begun => _begun.Count;

        public Task<IReadOnlyList<int>> Go(IReadOnlyList<int> items)
        {
            var trip = new Trip(items);
            _begun.Enqueue(trip);
            return trip.End.Task;
        }

        /// <summary>The trip that began first of those not taken yet; it must have begun, as a trip begins on the thread that ended the one before.</summary>
        public Trip Next() => _begun.TryDequeue(out var trip) ? trip : throw new InvalidOperationException("No trip has begun.");
    }

    private readonly HeldTrips _trips = new();

    [Fact]
    public async Task A_lone_item_goes_at_once()
    {
        var result = new Coalescer<int, int>(_trips.Go, maxItems: 10).RunAsync(1, Token);

        var trip = _trips.Next();
        Assert.Equal([1], trip.Items);
        trip.Succeed();
        Assert.Equal(10, await result.WaitAsync(Bound, Token));
    }

    [Fact]
    public async Task Items_that_come_while_a_trip_is_under_way_share_the_next_one_in_the_order_in_which_they_came()
    {
        var coalescer = new Coalescer<int, int>(_trips.Go, maxItems: 10);
        var first = coalescer.RunAsync(1, Token);
        var others = Enumerable.Range(2, 5).Select(item => coalescer.RunAsync(item, Token)).ToArray();
        var trip = _trips.Next();
        Assert.Equal(0, _trips.Begun);

        trip.Succeed();
        Assert.Equal(10, await first.WaitAsync(Bound, Token));
        var shared = _trips.Next();
        Assert.Equal([2, 3, 4, 5, 6], shared.Items);
        Assert.All(others, other => Assert.False(other.IsCompleted));
        shared.Succeed();
        Assert.Equal((int[])[20, 30, 40, 50, 60], await Task.WhenAll(others).WaitAsync(Bound, Token));
    }

    [Fact]
    public void After_the_last_trip_an_item_goes_at_once_again()
    {
        var coalescer = new Coalescer<int, int>(_trips.Go, maxItems: 10);
        _ = coalescer.RunAsync(1, Token);
        _trips.Next().Succeed();

        _ = coalescer.RunAsync(2, Token);
        Assert.Equal([2], _trips.Next().Items);
    }

    [Fact]
    public void No_trip_carries_more_than_its_maximum()
    {
        var coalescer = new Coalescer<int, int>(_trips.Go, maxItems: 2);
        for (var item = 1; item <= 6; item++)
            _ = coalescer.RunAsync(item, Token);

        foreach (int[] expected in (int[][])[[1], [2, 3], [4, 5], [6]])
        {
            var trip = _trips.Next();
            Assert.Equal(expected, trip.Items);
            trip.Succeed();
        }
        Assert.Equal(0, _trips.Begun);
    }

    [Fact]
    public void Several_trips_are_under_way_at_once_where_that_is_allowed()
    {
        var coalescer = new Coalescer<int, int>(_trips.Go, maxItems: 10, maxConcurrentTrips: 2);
        for (var item = 1; item <= 4; item++)
            _ = coalescer.RunAsync(item, Token);

        var (first, second) = (_trips.Next(), _trips.Next());
        Assert.Equal([1], first.Items);
        Assert.Equal([2], second.Items);
        Assert.Equal(0, _trips.Begun);
        second.Succeed();
        Assert.Equal([3, 4], _trips.Next().Items);
        Assert.Equal(0, _trips.Begun);
    }

    [Fact]
    public void An_item_that_may_not_join_waits_for_the_next_trip_and_holds_nobody_up()
    {
        var coalescer = new Coalescer<int, int>(_trips.Go, maxItems: 10, mayJoin: (item, trip) => !trip.Any(other => other % 100 == item % 100));
        foreach (var item in (int[])[1, 102, 202, 103, 302])
            _ = coalescer.RunAsync(item, Token);
        _trips.Next().Succeed();

        foreach (int[] expected in (int[][])[[102, 103], [202], [302]])
        {
            var trip = _trips.Next();
            Assert.Equal(expected, trip.Items);
            trip.Succeed();
        }
        Assert.Equal(0, _trips.Begun);
    }

    [Fact]
    public async Task A_caller_who_leaves_while_waiting_takes_the_item_along_and_nobody_elses()
    {
        var coalescer = new Coalescer<int, int>(_trips.Go, maxItems: 10);
        using var leaving = new CancellationTokenSource();
        _ = coalescer.RunAsync(1, Token);
        var left = coalescer.RunAsync(2, leaving.Token);
        var stayed = coalescer.RunAsync(3, Token);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left.WaitAsync(Bound, Token));
        _trips.Next().Succeed();
        var trip = _trips.Next();
        Assert.Equal([3], trip.Items);
        trip.Succeed();
        Assert.Equal(30, await stayed.WaitAsync(Bound, Token));
    }

    [Fact]
    public async Task A_caller_who_leaves_during_the_trip_does_not_wait_for_its_end_and_the_others_get_their_results()
    {
        var coalescer = new Coalescer<int, int>(_trips.Go, maxItems: 10);
        using var leaving = new CancellationTokenSource();
        _ = coalescer.RunAsync(1, Token);
        var left = coalescer.RunAsync(2, leaving.Token);
        var stayed = coalescer.RunAsync(3, Token);
        _trips.Next().Succeed();
        var trip = _trips.Next();

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left.WaitAsync(Bound, Token));
        Assert.False(stayed.IsCompleted);
        trip.Succeed();
        Assert.Equal(30, await stayed.WaitAsync(Bound, Token));
    }

    [Fact]
    public async Task A_trip_that_fails_fails_for_each_of_its_items_and_the_next_one_goes_all_the_same()
    {
        var coalescer = new Coalescer<int, int>(_trips.Go, maxItems: 2);
        var items = Enumerable.Range(1, 4).Select(item => coalescer.RunAsync(item, Token)).ToArray();
        _trips.Next().Succeed();
        _trips.Next().End.SetException(new TimeoutException("too far"));
        _trips.Next().Succeed();

        Assert.Equal(10, await items[0].WaitAsync(Bound, Token));
        Assert.Equal("too far", (await Assert.ThrowsAsync<TimeoutException>(() => items[1])).Message);
        Assert.Equal("too far", (await Assert.ThrowsAsync<TimeoutException>(() => items[2])).Message);
        Assert.Equal(40, await items[3].WaitAsync(Bound, Token));
    }

    [Fact]
    public async Task A_trip_that_throws_before_it_has_begun_fails_for_its_items_alone()
    {
        var broken = true;
        var coalescer = new Coalescer<int, int>(items => broken ? throw new InvalidOperationException("no road") : _trips.Go(items), maxItems: 10);
        await Assert.ThrowsAsync<InvalidOperationException>(() => coalescer.RunAsync(1, Token));

        broken = false;
        var result = coalescer.RunAsync(2, Token);
        _trips.Next().Succeed();
        Assert.Equal(20, await result.WaitAsync(Bound, Token));
    }

    [Fact]
    public async Task A_trip_with_too_few_results_is_a_failure_and_no_item_gets_anothers_result()
    {
        var result = new Coalescer<int, int>(_ => Task.FromResult<IReadOnlyList<int>>([]), maxItems: 10).RunAsync(1, Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => result);
    }

    [Fact]
    public async Task A_trip_does_not_carry_the_context_of_the_caller_who_began_it_to_the_others()
    {
        var context = new AsyncLocal<string>();
        var seen = new List<string?>();
        var firstEnds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var coalescer = new Coalescer<int, int>(
            async items =>
            {
                if (items is [1])
                    await firstEnds.Task;
                else
                    seen.Add(context.Value);
                return items;
            },
            maxItems: 10);

        context.Value = "the first caller's";
        var first = coalescer.RunAsync(1, Token);
        context.Value = "the second caller's";
        var second = coalescer.RunAsync(2, Token);
        firstEnds.SetResult();
        await Task.WhenAll(first, second).WaitAsync(Bound, Token);
        Assert.Equal([null], seen);
    }

    [Fact]
    public async Task Under_load_every_item_gets_its_own_result_from_a_trip_that_began_after_it_came()
    {
        var (clock, inFlight, mostInFlight) = (0, 0, 0);
        var coalescer = new Coalescer<(int Item, int Came), (int Item, bool BeganAfter)>(
            async items =>
            {
                var began = Interlocked.Increment(ref clock);
                mostInFlight = Math.Max(mostInFlight, Interlocked.Increment(ref inFlight));
                await Task.Yield();
                Interlocked.Decrement(ref inFlight);
                return [.. items.Select(item => (item.Item, began > item.Came))];
            },
            maxItems: 16);

        await Parallel.ForAsync(0, 20_000, Token, async (item, token) =>
        {
            var result = await coalescer.RunAsync((item, Interlocked.Increment(ref clock)), token);
            Assert.Equal((item, true), result);
        });
        Assert.Equal(1, mostInFlight);
    }
}
