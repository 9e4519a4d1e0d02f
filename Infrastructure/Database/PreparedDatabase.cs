namespace Consultation.Infrastructure.Database;

/// <summary>
/// Whether the database is as this version needs it: migrated, and prepared by the features. Nothing is asked of it before. A request that comes while
/// the first look is under way waits for that; later ones are refused at once, for a migration can take its time.
/// </summary>
internal sealed class PreparedDatabase
{
    private static readonly TimeSpan FirstLookTimeout = TimeSpan.FromSeconds(1.5);

    private readonly TaskCompletionSource _firstLook = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isPrepared;

    public bool IsPrepared => _isPrepared;

    /// <summary>Ends once it is known whether the database is prepared, or that this will take a while.</summary>
    public Task FirstLook => _firstLook.Task;

    public void Prepared()
    {
        _isPrepared = true;
        _firstLook.TrySetResult();
    }

    public void NotYet() => _firstLook.TrySetResult();

    /// <returns>False when it is not, nor about to be.</returns>
    public ValueTask<bool> IsPreparedAsync(CancellationToken cancellationToken) => _isPrepared ? new(true) : new(AfterFirstLookAsync(cancellationToken));

    private async Task<bool> AfterFirstLookAsync(CancellationToken cancellationToken)
    {
        await _firstLook.Task.WaitAsync(FirstLookTimeout, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        _firstLook.TrySetResult(); // who comes after the time is up does not wait again
        return _isPrepared;
    }
}
