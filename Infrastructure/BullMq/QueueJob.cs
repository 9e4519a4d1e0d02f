namespace Consultation.Infrastructure.BullMq;

/// <summary>A job as workers take it; <paramref name="Data"/> is JSON.</summary>
internal sealed record QueueJob(string Name, string DedupKey, string Data);

/// <summary>What has become of a job.</summary>
internal enum QueueState
{
    /// <summary>It is on the queue, now or since an earlier try.</summary>
    Queued,

    /// <summary>It is not on the queue and never will be, whoever tries.</summary>
    Withdrawn,

    /// <summary>The queue does not take this job; another it might.</summary>
    Refused,

    /// <summary>The queue takes no job at the moment; whether it has taken this one may be unknown.</summary>
    Away,
}

/// <summary>The state of a job, and why it is not on the queue, free of personal data.</summary>
internal readonly record struct QueueAnswer(QueueState State, string? Error = null);
