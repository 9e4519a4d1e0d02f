using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Consultation.Tests.Support;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Guarantees;

/// <summary>Guarantee 7: on SIGTERM readiness turns false, requests in flight end, the process exits within 30 s with no booking half done.</summary>
[Collection(RealProcesses.Name)]
public sealed class ShutdownTests(Service service, PublishedBuild build) : IClassFixture<Service>, IAsyncLifetime
{
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(30);

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Under_load_every_request_is_answered_the_exit_is_clean_and_the_next_replica_dispatches_what_is_left()
    {
        var slots = await service.QueryAsync<long>(
            """
            insert into consultation_slot (date, start_time, end_time)
            select start::date, start, start + interval '5 minutes'
            from generate_series(date_trunc('hour', now()) + interval '2 hours', now() + interval '30 days', interval '5 minutes') start
            returning id
            """);
        // its queue is away, so that every job is left over
        var leaving = await PublishedService.StartReadyAsync(
            build, service.PostgresConnection, service.RedisConnection, ("ConnectionStrings:NotificationsRedis", $"127.0.0.1:{ClosedPort()}"));
        await using var leavingUntilTheEnd = leaving;
        Assert.Equal(HttpStatusCode.Created, (await leaving.Http.BookAsync(slots[^2])).Status);

        var answers = new ConcurrentBag<Answer>();
        var next = -1;
        using var unready = new CancellationTokenSource();
        var load = Enumerable.Range(0, 8).Select(async _ =>
        {
            // like a balancer's: no new request once readiness is false, and a connection is given up when the answer says so
            while (!unready.IsCancellationRequested)
                answers.Add(await leaving.Http.BookAsync(slots[Interlocked.Increment(ref next)]));
        }).ToList();
        await Bounded.UntilAsync("bookings are made", TimeSpan.FromSeconds(30), () => Task.FromResult(answers.Count > 100));

        leaving.Terminate();
        var told = Stopwatch.GetTimestamp();
        await Bounded.UntilAsync("readiness is false", TimeSpan.FromSeconds(2), async () =>
            (await leaving.Http.GetAsync("/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable);
        var after = answers.Count;
        await Bounded.UntilAsync("it still serves", TimeSpan.FromSeconds(2), () => Task.FromResult(answers.Count > after + 10));
        Assert.True((await leaving.Http.BookAsync(slots[^3])).Message.Headers.ConnectionClose);

        // one that is in flight when the server stops listening: its slot is locked until then
        await using var lockHolder = await service.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var slotLock = await lockHolder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var take = new NpgsqlCommand($"select from consultation_slot where id = {slots[^1]} for update", lockHolder, slotLock))
            await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(2) - Stopwatch.GetElapsedTime(told) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero, TestContext.Current.CancellationToken);
        await unready.CancelAsync();
        var inFlight = leaving.Http.BookAsync(slots[^1]);
        await Bounded.UntilAsync("no connection is taken any more", TimeSpan.FromSeconds(5), async () => !await IsListeningAsync(leaving.Address));
        await slotLock.RollbackAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Created, (await inFlight).Status);
        await Task.WhenAll(load); // none was reset
        Assert.Equal(0, await leaving.ExitAsync(Promise - Stopwatch.GetElapsedTime(told)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
        Assert.Empty(leaving.Logged("Error", "Critical"));

        var booked = answers.Count + 3;
        Assert.Equal(booked, await service.ScalarAsync<int>("select count(*) from consultation_booking"));
        Assert.Equal(booked, await service.ScalarAsync<int>("select count(*) from notification_outbox where queued_at is null"));
        await using var staying = await PublishedService.StartReadyAsync(build, service.PostgresConnection, service.RedisConnection);
        await Bounded.UntilAsync("the outbox is empty", Promise, async () => await service.ScalarAsync<int>("select count(*) from notification_outbox where queued_at is null") == 0);
        var jobs = await KilledServiceTests.QueuedAsync(service.Redis);
        Assert.Equal(booked, jobs.Count);
        Assert.Equal(booked, jobs.Distinct().Count());
    }

    [Fact]
    public async Task A_client_that_never_finishes_and_a_collector_and_Redis_that_hang_do_not_delay_the_exit_beyond_the_promise()
    {
        await using var redis = await QueueRedis.StartAsync();
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start(); // connections are made and never answered
        await using var replica = await PublishedService.StartReadyAsync(
            build, service.PostgresConnection, redis.Server.ConnectionString, ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://{collector.LocalEndpoint}"));
        Assert.Equal(HttpStatusCode.Created, (await replica.Http.BookAsync(await service.SlotInAsync(24))).Status);
        using var client = new TcpClient();
        await client.ConnectAsync(replica.Address.Host, replica.Address.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {HttpJson.Book} HTTP/1.1\r\nHost: {replica.Address.Authority}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"), TestContext.Current.CancellationToken);
        using var done = new CancellationTokenSource();
        var dripping = Task.Run(async () =>
        {
            try
            {
                while (!done.IsCancellationRequested) // 500 bytes a second: slow, but not so slow as to be cut
                {
                    await stream.WriteAsync(new byte[250]);
                    await Task.Delay(500);
                }
            }
            catch (IOException)
            {
                // cut at last
            }
        }, TestContext.Current.CancellationToken);

        await redis.FreezeAsync();
        replica.Terminate();
        var exitCode = await replica.ExitAsync(Promise);
        await redis.ThawAsync();
        Assert.Equal(0, exitCode);
        await done.CancelAsync();
        await dripping;
    }

    private static async Task<bool> IsListeningAsync(Uri address)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
