using System.Threading.Channels;
using Consultation.Infrastructure.BullMq;
using Consultation.Infrastructure.Database;

namespace Consultation.Infrastructure.Outbox;

/// <summary>
/// Brings the jobs of rows that this process has just committed to the queue, without reading them back: those that wait together share a
/// trip to the queue, and rows are marked many at a time. It promises nothing: a job that it has no room for, or that it drops since the
/// queue is away or the process ends, has its row, which every <see cref="OutboxDispatcher"/> finds once it is due.
/// </summary>
internal sealed partial class OutboxSender(BullMqQueue queue, OutboxMarks marks, QueueWatch watch, ILogger<OutboxSender> logger) : BackgroundService
{
    private const int JobsPerTrip = 64;
    private const int RowsPerMark = 500;

    /// <summary>A few thousand of each, or some megabytes.</summary>
    private const int Capacity = 4096;

    /// <summary>For how long rows are collected that can be marked together, before they lie idle.</summary>
    private static readonly TimeSpan MarkDelay = TimeSpan.FromMilliseconds(25);

    private readonly Channel<OutboxJob> _jobs = Channel.CreateBounded<OutboxJob>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Channel<OutboxTry> _tries = Channel.CreateBounded<OutboxTry>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });

    /// <summary>To be called after the commit. Never waits.</summary>
    public void Send(OutboxJob job)
    {
        if (!watch.IsAway)
            _jobs.Writer.TryWrite(job);
    }

    /// <summary>What has come by now is still sent: the queue and the database answer or are given up within seconds.</summary>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _jobs.Writer.TryComplete();
        return base.StopAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(SendAllAsync(), MarkAllAsync(stoppingToken));

    private async Task SendAllAsync()
    {
        var waiting = new List<OutboxJob>(JobsPerTrip);
        while (await _jobs.Reader.WaitToReadAsync())
        {
            waiting.Clear();
            while (waiting.Count < JobsPerTrip && _jobs.Reader.TryRead(out var job))
                waiting.Add(job);
            if (watch.IsAway)
                continue;
            try
            {
                await SendAsync(waiting);
            }
            catch (Exception e)
            {
                // Whatever it is, the loop must outlive it; the rows are found by their due time.
                LogDefect(e);
            }
        }
        _tries.Writer.Complete();
    }

    private async Task SendAsync(List<OutboxJob> waiting)
    {
        var jobs = new List<QueueJob>(waiting.Count);
        foreach (var job in waiting)
        {
            try
            {
                jobs.Add(new QueueJob(job.Name, job.DedupKey, job.MakeData()));
            }
            catch (Exception e)
            {
                // A defect that one job brings out is its own trouble, not that of the jobs beside it.
                LogDefect(e);
            }
        }
        var answers = await queue.AddAsync(jobs);
        for (var i = 0; i < jobs.Count; i++)
        {
            if (answers[i] is { State: QueueState.Away, Error: { } error })
                watch.Failed(error);
            _tries.Writer.TryWrite(new OutboxTry(jobs[i].Name, jobs[i].DedupKey, Attempts: 0, answers[i]));
        }
    }

    private async Task MarkAllAsync(CancellationToken stoppingToken)
    {
        var tried = new List<OutboxTry>(RowsPerMark);
        while (await _tries.Reader.WaitToReadAsync(CancellationToken.None))
        {
            await Task.Delay(MarkDelay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            tried.Clear();
            while (tried.Count < RowsPerMark && _tries.Reader.TryRead(out var each))
                tried.Add(each);
            try
            {
                await marks.WriteAsync(tried);
            }
            catch (DatabaseUnavailableException)
            {
                // which has been said; the queue's guard absorbs what is sent again
            }
            catch (Exception e)
            {
                LogDefect(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Sending jobs met a defect; their rows are tried again once they are due.")]
    private partial void LogDefect(Exception exception);
}
