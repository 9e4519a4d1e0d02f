namespace Consultation.Infrastructure.Coalescing;

/// <summary>
/// Lets requests that wait at the same moment share one trip to whatever answers them: a script to Redis, a statement to PostgreSQL.
/// <list type="bullet">
/// <item>A lone item goes at once, on its caller's thread. Items that come while a trip is under way go together in the next one, in the order
/// in which they came.</item>
/// <item>No item is answered by a trip that began before the item came: what a trip reads or counts, it does on behalf of every item in it.</item>
/// <item>A caller who gives up leaves alone: an item that still waits is dropped, one that is under way is carried out and its result is lost.</item>
/// </list>
/// </summary>
/// <param name="trip">
/// Answers all its items: one result for each, in their order. What it throws is thrown to every caller who shares the trip, so an item that
/// can fail alone needs a <typeparamref name="TResult"/> that says so. It takes no token, since it belongs to all of its callers, and has to end
/// within a bound of its own: while it is under way, others wait for it. It runs without the callers' execution contexts after its first await.
/// </param>
/// <param name="maxItems">How many items share a trip at most; those beyond wait for the next.</param>
/// <param name="maxConcurrentTrips">How many trips may be under way at once. With more than one, a later trip may overtake an earlier one.</param>
/// <param name="mayJoin">
/// Whether an item may share a trip with those that are in it already; null when every item may. An item that may not keeps its place and is
/// asked again for the next trip, and those behind it are not held up. The first in line is never asked, so none waits for ever. Trips under way
/// at once are not compared with each other. It is called under the coalescer's lock, once for each item and trip, and must not block.
/// </param>
internal sealed class Coalescer<TItem, TResult>(
    Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TResult>>> trip,
    int maxItems,
    int maxConcurrentTrips = 1,
    Func<TItem, IReadOnlyList<TItem>, bool>? mayJoin = null)
{
    private readonly Lock _gate = new();
    private List<Waiter> _waiting = [];
    private int _underWay;

    /// <summary>Ends with the item's result, with what its trip threw, or, as soon as <paramref name="cancellationToken"/> says so, cancelled.</summary>
    public Task<TResult> RunAsync(TItem item, CancellationToken cancellationToken = default)
    {
        var waiter = new Waiter(item, cancellationToken);
        bool goesNow;
        lock (_gate)
        {
            _waiting.Add(waiter);
            if (goesNow = _underWay < maxConcurrentTrips)
                _underWay++;
        }
        if (goesNow)
            Go();
        return cancellationToken.CanBeCanceled ? waiter.Task.WaitAsync(cancellationToken) : waiter.Task;
    }

    /// <summary>The trips outlive the request that starts them, so they must not carry its context (a span, a culture) to the others.</summary>
    private void Go()
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            _ = MakeTripsAsync();
            return;
        }
        using (ExecutionContext.SuppressFlow())
            _ = MakeTripsAsync();
    }

    private async Task MakeTripsAsync()
    {
        var passengers = Board();
        while (passengers is not null)
        {
            try
            {
                var results = await trip(Array.ConvertAll(passengers, passenger => passenger.Item));
                if (results.Count != passengers.Length)
                    throw new InvalidOperationException($"A trip of {passengers.Length} items gave {results.Count} results.");
                for (var i = 0; i < passengers.Length; i++)
                    passengers[i].Result = results[i];
            }
            catch (Exception failure)
            {
                foreach (var passenger in passengers)
                    passenger.Failure = failure;
            }

            var next = Board();
            if (next is null && passengers is [var lone])
                lone.Execute(); // there is nothing left to do on this thread, so the caller goes on here
            else
                foreach (var passenger in passengers)
                    ThreadPool.UnsafeQueueUserWorkItem(passenger, preferLocal: true);
            passengers = next;
        }
    }

    /// <summary>Who goes next; null, and one trip fewer is under way, when nobody waits.</summary>
    private Waiter[]? Board()
    {
        lock (_gate)
        {
            _waiting.RemoveAll(waiter => waiter.HasLeft);
            if (_waiting.Count == 0)
            {
                _underWay--;
                return null;
            }
            if (_waiting.Count <= maxItems && mayJoin is null)
            {
                var all = _waiting.ToArray();
                _waiting.Clear();
                return all;
            }

            var (boarded, items, left) = (new List<Waiter>(), new List<TItem>(), new List<Waiter>());
            foreach (var waiter in _waiting)
            {
                if (boarded.Count < maxItems && (boarded.Count == 0 || mayJoin is null || mayJoin(waiter.Item, items)))
                {
                    boarded.Add(waiter);
                    items.Add(waiter.Item);
                }
                else
                {
                    left.Add(waiter);
                }
            }
            _waiting = left;
            return [.. boarded];
        }
    }

    /// <summary>Completing it runs its caller, so that is done where nobody else has to wait for it: as a work item, or as the last thing.</summary>
    private sealed class Waiter(TItem item, CancellationToken cancellationToken) : TaskCompletionSource<TResult>, IThreadPoolWorkItem
    {
        public TItem Item => item;

        /// <summary>The caller has been told by the token.</summary>
        public bool HasLeft => cancellationToken.IsCancellationRequested;

        public TResult? Result { get; set; }

        public Exception? Failure { get; set; }

        public void Execute()
        {
            if (Failure is null)
            {
                SetResult(Result!);
                return;
            }
            SetException(Failure);
            _ = Task.Exception; // the caller may have left, and then nobody would have seen it
        }
    }
}
