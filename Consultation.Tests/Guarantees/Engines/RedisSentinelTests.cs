using Consultation.Tests.Support;
using Consultation.Tests.Support.Engines;
using Xunit;

namespace Consultation.Tests.Guarantees.Engines;

/// <summary>Guarantee 5 where sentinels name the master.</summary>
[Collection(RealProcesses.Name)]
public sealed class RedisSentinelTests(Service service, RedisSentinel sentinel, PublishedBuild build) : IClassFixture<Service>, IClassFixture<RedisSentinel>
{
    [Fact]
    public async Task A_killed_master_delays_no_answer_and_leaves_nothing_stale()
    {
        await RedisFailover.IsSurvivedAsync("Sentinel, master killed", service, build, sentinel.ConnectionString, sentinel.KillMasterAsync);
        await sentinel.HealAsync();
    }

    [Fact]
    public async Task The_queue_follows_the_master_and_no_booking_goes_without_its_job()
    {
        const int Bookings = 20;
        await service.ResetAsync();
        await using var replica = new Replica(service.Clock, new(),
            ("ConnectionStrings:Postgres", service.PostgresConnection), ("ConnectionStrings:Redis", service.RedisConnection), ("ConnectionStrings:NotificationsRedis", sentinel.ConnectionString));
        for (var booking = 0; booking < Bookings; booking++)
            await service.BookAsync(replica);
        await service.AllQueuedAsync(TimeSpan.FromSeconds(5));

        var timeline = new Timeline("Sentinel, master of the queue killed");
        var takeover = await sentinel.KillMasterAsync();
        for (var booking = 0; booking < Bookings; booking++)
            await service.BookAsync(replica);
        await takeover;
        timeline.Note("takeover");
        await service.AllQueuedAsync(TimeSpan.FromSeconds(15));
        timeline.Note("all jobs queued");
        timeline.Print();

        Assert.Equal(2 * Bookings, await sentinel.QueueLengthAsync("bull:notifications:wait"));
        await sentinel.HealAsync();
    }
}
