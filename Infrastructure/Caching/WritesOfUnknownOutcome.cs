using Consultation.Infrastructure.Database;
using Dapper;

namespace Consultation.Infrastructure.Caching;

/// <summary>
/// Writes of which PostgreSQL did not tell whether they were committed. While it is away nobody can see a change, and what is cached
/// stays valid; once it answers, lists are invalidated, and again when nothing that it was asked before can be running any more.
/// </summary>
internal sealed class WritesOfUnknownOutcome(Postgres postgres, ListVersion version) : BackgroundService
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseBetweenTries = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _unknown = new(0);

    /// <summary>Invalidates before it returns if PostgreSQL answers now, and otherwise as soon as it does.</summary>
    public async Task InvalidateAsync()
    {
        if (await AnswersAsync(Timeout))
            await version.InvalidateAsync();
        if (_unknown.CurrentCount == 0)
            _unknown.Release(); // one invalidation makes up for all that came before it
    }

    public override void Dispose()
    {
        _unknown.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _unknown.WaitAsync(stoppingToken);
            do
                await InvalidateOnceItAnswersAsync(stoppingToken);
            while (await _unknown.WaitAsync(Postgres.StatementTimeout, stoppingToken));
            await InvalidateOnceItAnswersAsync(stoppingToken);
        }
    }

    private async Task InvalidateOnceItAnswersAsync(CancellationToken stoppingToken)
    {
        while (!await AnswersAsync(Postgres.Timeout))
            await Task.Delay(PauseBetweenTries, stoppingToken);
        await version.InvalidateAsync();
    }

    private async Task<bool> AnswersAsync(TimeSpan within)
    {
        using var timeout = new CancellationTokenSource(within);
        try
        {
            return await postgres.UseAsync((db, token) => db.ExecuteScalarAsync<int>(new CommandDefinition("select 1", cancellationToken: token)), timeout.Token) == 1;
        }
        catch (Exception away) when (away is DatabaseUnavailableException or OperationCanceledException)
        {
            return false;
        }
    }
}
