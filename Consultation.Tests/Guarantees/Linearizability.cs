using System.Numerics;

namespace Consultation.Tests.Guarantees;

/// <summary>A request and its answer; the times are of the client's clock, around the request.</summary>
internal sealed record Operation(Call Call, Reply Reply, long Invoked, long Returned)
{
    public override string ToString() => $"{Invoked}..{Returned} {Call} -> {Reply.Verdict} {Reply.Slot} {(Reply.Made is { } made ? string.Join(",", made) : "")}";
}

/// <summary>
/// Whether a concurrent history could have come from a machine that does one thing at a time: whether there is an order of the
/// operations, each somewhere between its request and its answer, that the model allows. The search is Wing and Gong's (Testing and
/// Verifying Concurrent Objects, 1993) with Lowe's memory of states that led nowhere; histories are short.
/// </summary>
internal static class Linearizability
{
    public const int LongestHistory = 64;

    public static bool Holds(SlotModel initial, IReadOnlyList<Operation> history)
    {
        if (history.Count > LongestHistory)
            throw new ArgumentException($"More than {LongestHistory} operations.", nameof(history));
        var all = history.Count == LongestHistory ? ulong.MaxValue : (1UL << history.Count) - 1;
        var deadEnds = new HashSet<(ulong Left, SlotModel State)>();
        return Search(all, initial);

        bool Search(ulong left, SlotModel state)
        {
            if (left == 0)
                return true;
            if (!deadEnds.Add((left, state)))
                return false;

            var firstReturn = Each(left).Min(index => history[index].Returned);
            foreach (var index in Each(left))
                if (history[index].Invoked <= firstReturn
                    && state.After(history[index].Call, history[index].Reply) is { } next
                    && Search(left & ~(1UL << index), next))
                    return true;
            return false;
        }
    }

    private static IEnumerable<int> Each(ulong set)
    {
        for (; set != 0; set &= set - 1)
            yield return BitOperations.TrailingZeroCount(set);
    }
}
