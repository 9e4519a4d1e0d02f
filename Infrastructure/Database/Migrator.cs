using System.Reflection;
using Consultation.Infrastructure.Telemetry;
using Dapper;
using FluentMigrator;
using FluentMigrator.Runner;
using FluentMigrator.Runner.Conventions;
using FluentMigrator.Runner.VersionTableInfo;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>
/// Brings the schema up to this version, in the first schema of the connection's search path. Several replicas may start at once: one migrates, under an
/// advisory lock, and the others wait for it and then find nothing to do. The lock lives as long as its transaction, so a pooler between us and the
/// server cannot keep it.
/// </summary>
internal sealed partial class Migrator(string postgres, ILogger<Migrator> logger)
{
    /// <summary>Any number will do, as long as every version of the service takes the same.</summary>
    private const long LockKey = 0x436F6E73756C74; // "Consult"
    private const string TakeLockSql = """
        set local lock_timeout = '60s';
        set local statement_timeout = 0;
        set local idle_in_transaction_session_timeout = 0;
        select pg_try_advisory_xact_lock(@LockKey);
        """;
    private const string WaitForLockSql = "select pg_advisory_xact_lock(@LockKey)";
    private const string TakesWritesSql = "select not current_setting('transaction_read_only')::boolean";
    private const string AppliedSql = "select version from schema_version";
    private const string SchemaSql = "select current_schema()";

    private static readonly Lazy<long[]> Known = new(() =>
        [.. Assembly.GetExecutingAssembly().GetTypes().Select(type => type.GetCustomAttribute<MigrationAttribute>()).OfType<MigrationAttribute>().Select(migration => migration.Version).Order()]);

    /// <param name="waiting">Told when another process has the lock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NpgsqlException">PostgreSQL cannot be reached.</exception>
    public async Task Up(CancellationToken cancellationToken, Action? waiting = null)
    {
        using var span = TelemetrySetup.Spans.StartActivity("migrate");
        var connectionString = DatabaseSetup.Unpooled(new(postgres), "consultation-migrate").ConnectionString;
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await connection.ExecuteScalarAsync<bool>(Queries.Command(TakeLockSql, new { LockKey }, cancellationToken, transaction)))
        {
            waiting?.Invoke();
            await connection.ExecuteAsync(Queries.Command(WaitForLockSql, new { LockKey }, cancellationToken, transaction));
        }
        var schema = await connection.ExecuteScalarAsync<string?>(Queries.Command(SchemaSql, null, cancellationToken, transaction))
            ?? throw new NpgsqlException("The search path names no schema that exists and that the role may use");

        await using var provider = Services(connectionString, schema);
        using var scope = provider.CreateScope();
        var runner = scope.ServiceProvider.GetRequiredService<IMigrationRunner>();
        if (runner.HasMigrationsToApplyUp())
        {
            runner.MigrateUp();
            Migrated(Known.Value[^1]);
        }
    }

    /// <summary>On that of the servers which takes writes; where none can be asked, the last one's reason is thrown.</summary>
    public static async Task UpAsync(PostgresOptions options, ILogger<Migrator> logger, CancellationToken cancellationToken)
    {
        var servers = new PostgresServers(options).All;
        for (var server = 0; ; server++)
        {
            try
            {
                if (servers.Count == 1 || await TakesWritesAsync(servers[server], cancellationToken) || server == servers.Count - 1)
                {
                    await new Migrator(servers[server].ConnectionString, logger).Up(cancellationToken);
                    return;
                }
            }
            catch (NpgsqlException) when (server < servers.Count - 1)
            {
                // another may
            }
        }
    }

    /// <summary>
    /// Whether all that this version needs has been applied, by whoever it was. More than that is fine: a newer version beside this one.
    /// Asks PostgreSQL each time: a connection from the pool says nothing of the server behind it.
    /// </summary>
    public static async Task<bool> IsComplete(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var applied = await connection.QueryAsync<long>(Queries.Command(AppliedSql, null, cancellationToken));
            return !Known.Value.Except(applied).Any();
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return false;
        }
    }

    public static Task<bool> TakesWritesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<bool>(Queries.Command(TakesWritesSql, null, cancellationToken));

    private static async Task<bool> TakesWritesAsync(NpgsqlConnectionStringBuilder server, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(DatabaseSetup.Unpooled(server, "consultation-migrate").ConnectionString);
        await connection.OpenAsync(cancellationToken);
        return await TakesWritesAsync(connection, cancellationToken);
    }

    public static ServiceProvider Services(string connectionString, string schema = "public") => new ServiceCollection()
        .AddFluentMigratorCore()
        .ConfigureRunner(runner => runner
            .AddPostgres15_0()
            .WithGlobalConnectionString(connectionString)
            .WithVersionTable(new SchemaVersionTable { SchemaName = schema })
            .ScanIn(Assembly.GetExecutingAssembly()).For.Migrations())
        .AddSingleton<IConventionSet>(new DefaultConventionSet(schema, workingDirectory: null))
        .BuildServiceProvider();

    [LoggerMessage(Level = LogLevel.Information, Message = "The schema is at version {Version}")]
    private partial void Migrated(long version);
}

/// <summary>FluentMigrator's own table, named like the others.</summary>
internal sealed class SchemaVersionTable : IVersionTableMetaData
{
    public bool OwnsSchema => false;
    public required string SchemaName { get; init; }
    public string TableName => "schema_version";
    public string ColumnName => "version";
    public string DescriptionColumnName => "description";
    public string UniqueIndexName => "schema_version_uq";
    public string AppliedOnColumnName => "applied_on";
    public bool CreateWithPrimaryKey => false;
}
