using Consultation.Infrastructure.BullMq;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Xunit;

namespace Consultation.Tests.Infrastructure.BullMq;

/// <summary>In development the queue may be Garnet in the same process: no streams, and Lua's numbers differ.</summary>
public sealed class BullMqQueueOnGarnetTests(Service service) : IClassFixture<Service>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_is_added_once_and_whole()
    {
        await using var garnet = await EmbeddedRedis.StartAsync(_folder.Path, redisServer: null, CancellationToken.None);
        await using var replica = service.StartReplica(("ConnectionStrings:NotificationsRedis", garnet.ConnectionString));
        var queue = replica.Services.GetRequiredService<BullMqQueue>();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(garnet.ConnectionString);
        var redis = connection.GetDatabase();
        await redis.ScriptEvaluateAsync("return redis.call('INCR', 'warm')"); // its first script may take longer than the queue's patience

        for (var i = 0; i < 3; i++)
            Assert.Equal(QueueState.Queued, await AddAsync("consultation:booking:1:email"));
        await redis.HashSetAsync("bull:notifications:meta", [new("paused", "1"), new("version", "bullmq:5.81.5"), new("concurrency", "3")]);
        Assert.Equal(QueueState.Queued, await AddAsync("consultation:booking:2:email"));

        Assert.Equal(["1"], (await redis.ListRangeAsync("bull:notifications:wait")).Select(id => id.ToString()));
        Assert.Equal(["4"], (await redis.ListRangeAsync("bull:notifications:paused")).Select(id => id.ToString()));
        var job = (await redis.HashGetAllAsync("bull:notifications:1")).ToDictionary(field => field.Name.ToString(), field => field.Value.ToString());
        Assert.Equal(["data", "deid", "delay", "name", "opts", "priority", "timestamp"], job.Keys.Order());
        Assert.DoesNotContain('.', job["timestamp"]);
        Assert.Equal("1", await redis.StringGetAsync("bull:notifications:de:consultation:booking:1:email"));
        Assert.InRange((await redis.KeyTimeToLiveAsync("bull:notifications:de:consultation:booking:1:email"))!.Value, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));
        Assert.Equal("10000", await redis.HashGetAsync("bull:notifications:meta", "opts.maxLenEvents"));

        Assert.Equal(QueueState.Queued, (await queue.WithdrawAsync("consultation:booking:1:email")).State);
        Assert.Equal(QueueState.Withdrawn, (await queue.WithdrawAsync("consultation:booking:3:email")).State);
        Assert.Equal(QueueState.Withdrawn, await AddAsync("consultation:booking:3:email"));

        async Task<QueueState> AddAsync(string dedupKey) => Assert.Single(await queue.AddAsync([new QueueJob("notification.send_email", dedupKey, "{}")])).State;
    }
}
