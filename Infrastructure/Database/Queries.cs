using Dapper;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>
/// The ways to ask PostgreSQL one thing: a statement, its parameters, the rows. Each is one round trip on a connection of the pool, within the
/// bounds of <see cref="Postgres.UseAsync{T}"/>, whose errors are theirs.
/// </summary>
internal static class Queries
{
    public static Task<IReadOnlyList<T>> QueryAsync<T>(
        this Postgres postgres, string sql, object? parameters, CancellationToken cancellationToken = default) =>
        postgres.UseAsync(async (db, token) => ToList(await db.QueryAsync<T>(Command(sql, parameters, token))), cancellationToken);

    /// <summary>Rows of two things each, the second of which begins at its column <c>id</c>.</summary>
    public static Task<IReadOnlyList<T>> QueryAsync<TFirst, TSecond, T>(
        this Postgres postgres, string sql, object? parameters, Func<TFirst, TSecond, T> map, CancellationToken cancellationToken = default) =>
        postgres.UseAsync(async (db, token) => ToList(await db.QueryAsync(Command(sql, parameters, token), map)), cancellationToken);

    /// <returns>The row, or null when there is none.</returns>
    public static Task<T?> QuerySingleOrDefaultAsync<T>(
        this Postgres postgres, string sql, object? parameters, CancellationToken cancellationToken = default) where T : class =>
        postgres.UseAsync((db, token) => db.QuerySingleOrDefaultAsync<T>(Command(sql, parameters, token)), cancellationToken);

    /// <summary>Several statements in one round trip, and so in one transaction; <paramref name="read"/> takes their rows one after the other.</summary>
    public static Task<T> QueryMultipleAsync<T>(
        this Postgres postgres, string sql, object? parameters, Func<SqlMapper.GridReader, Task<T>> read, CancellationToken cancellationToken = default) =>
        postgres.UseAsync(
            async (db, token) =>
            {
                await using var results = await db.QueryMultipleAsync(Command(sql, parameters, token));
                return await read(results);
            },
            cancellationToken);

    /// <returns>How many rows were written.</returns>
    public static Task<int> ExecuteAsync(this Postgres postgres, string sql, object? parameters, CancellationToken cancellationToken = default) =>
        postgres.UseAsync((db, token) => db.ExecuteAsync(Command(sql, parameters, token)), cancellationToken);

    /// <summary>For work of several steps on one connection, inside <see cref="Postgres.UseAsync{T}"/>.</summary>
    public static CommandDefinition Command(string sql, object? parameters, CancellationToken cancellationToken, NpgsqlTransaction? transaction = null) =>
        new(sql, parameters, transaction, cancellationToken: cancellationToken);

    private static IReadOnlyList<T> ToList<T>(IEnumerable<T> rows) => rows.AsList();
}
