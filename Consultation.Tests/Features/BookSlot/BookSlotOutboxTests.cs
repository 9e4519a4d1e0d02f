using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Features.BookSlot;

/// <summary>The notifications that a booking owes are rows of its own transaction.</summary>
public sealed class BookSlotOutboxTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private sealed record Job
    {
        public string Name { get; init; } = "";
        public string DedupKey { get; init; } = "";
    }

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_guests_booking_owes_an_email()
    {
        var booking = (await service.Http.BookAsync(await service.SlotInAsync(24)))["id"];

        Assert.Equal([new Job { Name = "notification.send_email", DedupKey = $"consultation:booking:{booking}:email" }], await JobsAsync());
    }

    [Fact]
    public async Task A_customers_booking_owes_an_email_and_a_push()
    {
        var booking = (await service.Http.BookAsync(await service.SlotInAsync(24), Tokens.Customer("ada:1")))["id"];

        Assert.Equal(
            [
                new Job { Name = "notification.send_email", DedupKey = $"consultation:booking:{booking}:email" },
                new Job { Name = "notification.send_push", DedupKey = $"consultation:booking:{booking}:push:ada:1" },
            ],
            await JobsAsync());
    }

    [Fact]
    public async Task An_admins_booking_owes_no_push()
    {
        await service.Http.BookAsync(await service.SlotInAsync(24), Tokens.Admin());

        Assert.Equal(["notification.send_email"], (await JobsAsync()).Select(job => job.Name));
    }

    [Fact]
    public async Task A_refusal_and_a_replay_owe_nothing_more()
    {
        var slot = await service.SlotInAsync(24);
        await service.Http.BookAsync(slot, token: null, "key");

        await service.Http.BookAsync(slot, token: null, "key");
        await service.Http.BookAsync(slot, Tokens.Customer());

        Assert.Single(await JobsAsync());
    }

    [Fact]
    public async Task A_booking_whose_jobs_cannot_be_written_is_not_made()
    {
        var slot = await service.SlotInAsync(24);
        await service.ExecuteAsync("alter table notification_outbox add constraint nothing_goes check (false) not valid");
        try
        {
            Assert.Equal(500, (int)(await service.Http.BookAsync(slot)).Status);
            Assert.Equal(0, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
        }
        finally
        {
            await service.ExecuteAsync("alter table notification_outbox drop constraint nothing_goes");
        }
    }

    private Task<IReadOnlyList<Job>> JobsAsync() => service.QueryAsync<Job>("select job as name, dedup_key from notification_outbox order by id");
}
