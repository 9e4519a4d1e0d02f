using System.Collections.Immutable;
using Xunit;

namespace Consultation.Tests.Guarantees;

/// <summary>The checker itself: it accepts what one machine could have done, and nothing else.</summary>
public sealed class LinearizabilityTests
{
    private const long Id = 7;
    private static readonly SlotModel Open = SlotModel.With(Id, place: 0);
    private static readonly Reply Booked = new(Reply.Done, new ModelSlot(0, Active: true, Booked: true));
    private static readonly Reply SwitchedOff = new(Reply.Done, new ModelSlot(0, Active: false, Booked: false));

    [Fact]
    public void Overlapping_operations_may_take_any_order() => Assert.True(Linearizability.Holds(Open,
    [
        new(new Book(Id), new Reply(Reply.Taken), 1, 10),
        new(new Book(Id), Booked, 2, 9),
        new(new Switch(Id, false), new Reply(Reply.Done, new ModelSlot(0, Active: false, Booked: true)), 3, 8),
        new(new Book(Id), new Reply(Reply.Inactive), 4, 7),
    ]));

    [Fact]
    public void A_booking_after_an_answered_deactivation_is_rejected() => Assert.False(Linearizability.Holds(Open,
    [
        new(new Switch(Id, false), SwitchedOff, 1, 2),
        new(new Book(Id), new Reply(Reply.Done, new ModelSlot(0, Active: true, Booked: true)), 3, 4),
    ]));

    [Fact]
    public void Two_bookings_of_a_slot_are_rejected() => Assert.False(Linearizability.Holds(Open,
    [
        new(new Book(Id), Booked, 1, 4),
        new(new Book(Id), Booked, 2, 3),
    ]));

    [Fact]
    public void A_booking_at_the_place_before_an_answered_move_is_rejected() => Assert.False(Linearizability.Holds(Open,
    [
        new(new Move(Id, 1), new Reply(Reply.Done, new ModelSlot(1, Active: true, Booked: false)), 1, 2),
        new(new Book(Id), Booked, 3, 4),
    ]));

    [Fact]
    public void A_booking_of_a_deleted_slot_is_rejected() => Assert.False(Linearizability.Holds(Open,
    [
        new(new Delete(Id), new Reply(Reply.Done), 1, 5),
        new(new Book(Id), Booked, 2, 4),
        new(new Look(Id), new Reply(Reply.NotFound), 6, 7),
    ]));

    [Fact]
    public void A_refusal_without_a_reason_is_rejected() => Assert.False(Linearizability.Holds(Open,
    [
        new(new Book(Id), new Reply(Reply.Taken), 1, 2),
        new(new Book(Id), Booked, 3, 4),
    ]));

    [Fact]
    public void A_second_slot_at_a_place_is_rejected() => Assert.False(Linearizability.Holds(Open,
    [
        new(new Generate([0], Skip: true), new Reply(Reply.Done, Made: ImmutableSortedDictionary<long, int>.Empty.Add(8, 0)), 1, 2),
    ]));
}
