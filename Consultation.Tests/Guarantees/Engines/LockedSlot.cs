using Dapper;
using Npgsql;

namespace Consultation.Tests.Guarantees.Engines;

/// <summary>A slot that another session holds a lock on, so that writes of it wait.</summary>
internal sealed class LockedSlot : IAsyncDisposable
{
    private readonly NpgsqlConnection _session;

    private LockedSlot(NpgsqlConnection session) => _session = session;

    public static async Task<LockedSlot> TakeAsync(string postgres, long slot)
    {
        var session = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(postgres) { Pooling = false }.ConnectionString);
        await session.OpenAsync();
        await session.ExecuteAsync("begin; select from consultation_slot where id = @slot for update", new { slot });
        return new LockedSlot(session);
    }

    /// <summary>Gives the lock back.</summary>
    public ValueTask DisposeAsync() => _session.DisposeAsync();
}
