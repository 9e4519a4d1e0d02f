using System.Reflection;
using Consultation.Infrastructure.Telemetry;
using Dapper;
using FluentMigrator;
using FluentMigrator.Runner;
using FluentMigrator.Runner.VersionTableInfo;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>
/// Brings the schema up to this version. Several replicas may start at once: one migrates, under an advisory lock, and the others
/// wait for it and then find nothing to do.
/// </summary>
internal sealed partial class Migrator(string postgres, ILogger<Migrator> logger)
{
    /// <summary>Any number will do, as long as every version of the service takes the same.</summary>
    private const long LockKey = 0x436F6E73756C74; // "Consult"
    private const string TakeLockSql = "set lock_timeout = '60s'; select pg_advisory_lock(@LockKey);";
    private const string AppliedSql = "select version from schema_version;";

    private static readonly long[] Known =
        [.. Assembly.GetExecutingAssembly().GetTypes().Select(type => type.GetCustomAttribute<MigrationAttribute>()).OfType<MigrationAttribute>().Select(migration => migration.Version).Order()];

    /// <exception cref="NpgsqlException">PostgreSQL cannot be reached.</exception>
    public async Task Up(CancellationToken cancellationToken)
    {
        using var span = TelemetrySetup.Spans.StartActivity("migrate");
        var asked = new NpgsqlConnectionStringBuilder(postgres);
        var connectionString = new NpgsqlConnectionStringBuilder(postgres) { Pooling = false, Timeout = 5, GssEncryptionMode = KerberosIfAsked(asked) }.ConnectionString;
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(TakeLockSql, new { LockKey }, commandTimeout: 65, cancellationToken: cancellationToken));

        await using var provider = Services(connectionString);
        using var scope = provider.CreateScope();
        var runner = scope.ServiceProvider.GetRequiredService<IMigrationRunner>();
        if (runner.HasMigrationsToApplyUp())
        {
            runner.MigrateUp();
            Migrated(Known[^1]);
        }
    }

    /// <summary>
    /// Whether all that this version needs has been applied, by whoever it was. More than that is fine: a newer version beside this one.
    /// Asks PostgreSQL each time: a connection from the pool says nothing of the server behind it.
    /// </summary>
    public static async Task<bool> IsComplete(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = await connection.QueryAsync<long>(Queries.Command(AppliedSql, null, cancellationToken));
        return !Known.Except(applied).Any();
    }

    /// <summary>Npgsql would prefer it, and for that load a library that slim images do not have, with a complaint at each start.</summary>
    public static GssEncryptionMode KerberosIfAsked(NpgsqlConnectionStringBuilder asked) =>
        asked.ShouldSerialize("GSS Encryption Mode") ? asked.GssEncryptionMode : GssEncryptionMode.Disable;

    public static ServiceProvider Services(string connectionString) => new ServiceCollection()
        .AddFluentMigratorCore()
        .ConfigureRunner(runner => runner
            .AddPostgres15_0()
            .WithGlobalConnectionString(connectionString)
            .WithVersionTable(new SchemaVersionTable())
            .ScanIn(Assembly.GetExecutingAssembly()).For.Migrations())
        .BuildServiceProvider();

    [LoggerMessage(Level = LogLevel.Information, Message = "The schema is at version {Version}")]
    private partial void Migrated(long version);
}

/// <summary>FluentMigrator's own table, named like the others.</summary>
internal sealed class SchemaVersionTable : IVersionTableMetaData
{
    public bool OwnsSchema => false;
    public string SchemaName => "";
    public string TableName => "schema_version";
    public string ColumnName => "version";
    public string DescriptionColumnName => "description";
    public string UniqueIndexName => "schema_version_uq";
    public string AppliedOnColumnName => "applied_on";
    public bool CreateWithPrimaryKey => false;
}

/// <summary>
/// Migrates before the first request is taken. When PostgreSQL is away at that moment the service starts all the same, not ready,
/// and migrates once it can.
/// </summary>
internal sealed partial class MigrationAtStart(Migrator migrator, PostgresOptions options, ILogger<MigrationAtStart> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private bool _said;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.MigrateOnStart && !await TryMigrate(cancellationToken))
            await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        do
            await Task.Delay(RetryAfter, stoppingToken);
        while (!await TryMigrate(stoppingToken));
    }

    private async Task<bool> TryMigrate(CancellationToken cancellationToken)
    {
        try
        {
            await migrator.Up(cancellationToken);
            return true;
        }
        catch (NpgsqlException away)
        {
            if (!Interlocked.Exchange(ref _said, true))
                Waiting(away.GetType().Name, (away as PostgresException)?.SqlState);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schema could not be migrated yet ({Reason} {SqlState}); trying again")]
    private partial void Waiting(string reason, string? sqlState);
}
