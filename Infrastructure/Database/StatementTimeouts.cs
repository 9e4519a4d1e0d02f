using System.Globalization;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>
/// Tells the server to give up each statement before its client does, once for a connection's life. Behind a pooler that shares its connections
/// between transactions (PgBouncer) the setting would stay behind for whoever comes next, so there nothing is set: a pooler gives its clients
/// process numbers of its own, by which it is known, and passes on the cancellation that <see cref="Postgres"/> sends at the deadline.
/// </summary>
internal static class StatementTimeouts
{
    private static readonly string Milliseconds = Postgres.StatementTimeout.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);

    public static void Set(NpgsqlConnection connection)
    {
        using var command = Command(connection);
        command.ExecuteNonQuery();
    }

    public static async Task SetAsync(NpgsqlConnection connection)
    {
        await using var command = Command(connection);
        await command.ExecuteNonQueryAsync();
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection) => new(
        "select set_config('statement_timeout', $1, false) where pg_backend_pid() = $2", connection)
    {
        Parameters = { new() { Value = Milliseconds }, new() { Value = connection.ProcessID } },
    };
}
