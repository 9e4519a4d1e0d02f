using Consultation.Infrastructure.Database;
using Dapper;

namespace Consultation.Infrastructure.Caching;

/// <summary>
/// Writes of which PostgreSQL did not tell whether they were committed. While it is away nobody can see a change, and what is cached
/// stays valid; once it answers, lists are evicted, and again when nothing that it was asked before can be running any more.
/// </summary>
internal sealed class WritesOfUnknownOutcome(Postgres postgres, ListVersion generation) : BackgroundService
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseBetweenTries = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _doubt = new(0);

    /// <summary>Evicts before it returns if PostgreSQL answers now, and otherwise as soon as it does.</summary>
    public async Task Settle()
    {
        if (await Answers(Timeout))
            await generation.Invalidate();
        if (_doubt.CurrentCount == 0)
            _doubt.Release(); // one eviction settles all that came before it
    }

    public override void Dispose()
    {
        _doubt.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _doubt.WaitAsync(stoppingToken);
            do
                await EvictOnceItAnswers(stoppingToken);
            while (await _doubt.WaitAsync(Postgres.StatementTimeout, stoppingToken));
            await EvictOnceItAnswers(stoppingToken);
        }
    }

    private async Task EvictOnceItAnswers(CancellationToken stoppingToken)
    {
        while (!await Answers(Postgres.Timeout))
            await Task.Delay(PauseBetweenTries, stoppingToken);
        await generation.Invalidate();
    }

    private async Task<bool> Answers(TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        try
        {
            return await postgres.UseAsync((db, token) => db.ExecuteScalarAsync<int>(new CommandDefinition("select 1", cancellationToken: token)), patience.Token) == 1;
        }
        catch (Exception away) when (away is DatabaseUnavailableException or OperationCanceledException)
        {
            return false;
        }
    }
}
