using System.Net;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.BookSlot;

public sealed class BookSlotRaceTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_hundred_parallel_bookings_of_one_slot_give_one_booking_and_clean_refusals()
    {
        var slot = await service.SlotInAsync(24);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => service.Http.BookAsync(slot)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(99, answers.Count(answer => answer.Code == "CONSULTATION_SLOT_ALREADY_BOOKED"));
        Assert.Equal(1, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
        Assert.Equal(1, await service.ScalarAsync<int>("select count(*) from notification_outbox"));
    }

    [Fact]
    public async Task Two_warm_replicas_never_book_a_slot_twice()
    {
        using var other = service.StartReplica().NewClient();
        for (var round = 0; round < 30; round++)
        {
            var slot = await service.SlotInAsync(24 + round);

            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? service.Http : other).BookAsync(slot)));

            Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
            Assert.Equal(19, answers.Count(answer => answer.Code == "CONSULTATION_SLOT_ALREADY_BOOKED"));
            Assert.Equal(1, await service.ScalarAsync<int>("select count(*) from consultation_booking where slot_id = @slot", new { slot }));
        }
    }
}
