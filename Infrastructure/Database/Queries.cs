using Dapper;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>
/// The ways to ask PostgreSQL one thing: a statement, its parameters, the rows. Each is one round trip on a connection of the pool, within
/// the bounds of <see cref="Postgres.UseAsync{T}"/>, whose errors are theirs.
/// </summary>
internal static class Queries
{
    /// <summary>
    /// Goes before a statement that looks many rows up one by one, in the same round trip and transaction. A plan that was made while a
    /// table was empty, and is kept, would read the whole table for each of them however much it has grown since, until it is next
    /// analyzed; and what such a plan is thought to cost would have it compiled, which takes a hundred times as long as it runs.
    /// </summary>
    public const string ByIndexOnly = "select set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)";

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

    /// <summary>
    /// Several statements in one round trip, and so in one transaction; <paramref name="read"/> takes their rows one after the other.
    /// </summary>
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
