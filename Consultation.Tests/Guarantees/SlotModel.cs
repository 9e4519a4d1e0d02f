using System.Collections.Immutable;

namespace Consultation.Tests.Guarantees;

/// <summary>A slot as the contract sees it: one of two neighbouring places in the calendar, and what has become of it.</summary>
internal readonly record struct ModelSlot(int Place, bool Active, bool Booked);

internal abstract record Call;

internal sealed record Book(long Id) : Call;

internal sealed record Switch(long Id, bool Active) : Call;

internal sealed record Move(long Id, int Place) : Call;

internal sealed record Delete(long Id) : Call;

internal sealed record Look(long Id) : Call;

/// <summary>Bulk generation of one slot per place; of a single place when existing ones are skipped, since only then it is one decision.</summary>
internal sealed record Generate(ImmutableArray<int> Places, bool Skip) : Call;

/// <summary>What a client was told: a code or <see cref="Done"/>, the slot as the answer shows it, the slots that were made.</summary>
internal sealed record Reply(string Verdict, ModelSlot? Slot = null, ImmutableSortedDictionary<long, int>? Made = null)
{
    public const string Done = "DONE";
    public const string NotFound = "CONSULTATION_SLOT_NOT_FOUND";
    public const string Inactive = "CONSULTATION_SLOT_INACTIVE";
    public const string Taken = "CONSULTATION_SLOT_ALREADY_BOOKED";
    public const string Restricted = "CONSULTATION_BOOKING_SLOT_RESTRICTED";
    public const string Conflict = "CONSULTATION_SLOT_CONFLICT";
}

/// <summary>
/// The contract of slots as a machine that does one thing at a time: two places, each with one slot at most. Written from the
/// contract, not from the code.
/// </summary>
internal sealed class SlotModel(ImmutableSortedDictionary<long, ModelSlot> slots) : IEquatable<SlotModel>
{
    public static SlotModel With(long id, int place) => new(ImmutableSortedDictionary<long, ModelSlot>.Empty.Add(id, new ModelSlot(place, Active: true, Booked: false)));

    /// <returns>What is after the call, or null when no such answer may be given to it now.</returns>
    public SlotModel? After(Call call, Reply reply) => call switch
    {
        Book(var id) when Find(id) is { } slot => slot switch
        {
            { Active: false } => Refused(reply, Reply.Inactive),
            { Booked: true } => Refused(reply, Reply.Taken),
            _ => Changed(reply, id, slot with { Booked = true }),
        },
        Switch(var id, var active) when Find(id) is { } slot => Changed(reply, id, slot with { Active = active }),
        Move(var id, var place) when Find(id) is { } slot =>
            place == slot.Place ? Changed(reply, id, slot)
            : slot.Booked ? Refused(reply, Reply.Restricted)
            : IsTaken(place) ? Refused(reply, Reply.Conflict)
            : Changed(reply, id, slot with { Place = place }),
        Delete(var id) when Find(id) is { } slot =>
            slot.Booked ? Refused(reply, Reply.Restricted)
            : reply.Verdict == Reply.Done ? new SlotModel(slots.Remove(id))
            : null,
        Look(var id) when Find(id) is { } slot => Changed(reply, id, slot),
        Generate generate => Generated(generate, reply),
        _ => Refused(reply, Reply.NotFound),
    };

    public bool Equals(SlotModel? other) => other is not null && Slots.SequenceEqual(other.Slots);

    public override bool Equals(object? obj) => Equals(obj as SlotModel);

    public override int GetHashCode() => Slots.Aggregate(0, HashCode.Combine);

    private ImmutableSortedDictionary<long, ModelSlot> Slots => slots;

    private SlotModel? Generated(Generate generate, Reply reply)
    {
        var free = generate.Places.Where(place => !IsTaken(place)).ToList();
        if (!generate.Skip && free.Count < generate.Places.Length)
            return Refused(reply, Reply.Conflict);
        return reply is { Verdict: Reply.Done, Made: { } made } && made.Values.Order().SequenceEqual(free) && !made.Keys.Any(slots.ContainsKey)
            ? new SlotModel(slots.AddRange(made.Select(slot => KeyValuePair.Create(slot.Key, new ModelSlot(slot.Value, Active: true, Booked: false)))))
            : null;
    }

    private SlotModel? Changed(Reply reply, long id, ModelSlot slot) => reply.Verdict == Reply.Done && reply.Slot == slot ? new SlotModel(slots.SetItem(id, slot)) : null;

    private SlotModel? Refused(Reply reply, string code) => reply.Verdict == code ? this : null;

    private ModelSlot? Find(long id) => slots.TryGetValue(id, out var slot) ? slot : null;

    private bool IsTaken(int place) => slots.Values.Any(slot => slot.Place == place);
}
