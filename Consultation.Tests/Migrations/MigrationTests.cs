using Consultation.Infrastructure.Database;
using Consultation.Tests.Support;
using Dapper;
using FluentMigrator.Runner;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Migrations;

public sealed class MigrationTests(TestServers servers)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Up_then_down_leaves_nothing_and_up_again_gives_the_same_schema()
    {
        var postgres = await servers.NewPostgresAsync(empty: true);
        await using var provider = Migrator.Services(postgres);
        using var scope = provider.CreateScope();
        var runner = scope.ServiceProvider.GetRequiredService<IMigrationRunner>();

        runner.MigrateUp();
        var first = await SchemaAsync(postgres);
        runner.MigrateDown(0);
        var down = await SchemaAsync(postgres);
        runner.MigrateUp();
        var second = await SchemaAsync(postgres);

        Assert.Contains(first, line => line.StartsWith("consultation_booking_slot_uq ", StringComparison.Ordinal));
        Assert.Contains("type consultation_booking_status", first);
        Assert.Empty(down);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Each_migration_can_be_taken_back_and_made_again_on_its_own()
    {
        var postgres = await servers.NewPostgresAsync();
        var schema = await SchemaAsync(postgres);
        await using var connection = new NpgsqlConnection(postgres);
        var migrations = await connection.ExecuteScalarAsync<int>("select count(*) from schema_version");

        Assert.NotEqual(0, migrations);
        for (var steps = 1; steps <= migrations; steps++)
        {
            // a runner for each round: it does not notice that the last step back takes its own table along
            await using var provider = Migrator.Services(postgres);
            using var scope = provider.CreateScope();
            var runner = scope.ServiceProvider.GetRequiredService<IMigrationRunner>();
            runner.Rollback(steps);
            Assert.NotEqual(schema, await SchemaAsync(postgres));
            await new Migrator(postgres, NullLogger<Migrator>.Instance).Up(TestContext.Current.CancellationToken);
            Assert.Equal(schema, await SchemaAsync(postgres));
        }
    }

    [Fact]
    public async Task Of_three_migrators_that_start_at_once_one_migrates_and_all_succeed()
    {
        var postgres = await servers.NewPostgresAsync(empty: true);
        using var lines = new LogLines();
        using var loggers = new LoggerFactory([lines]);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => new Migrator(postgres, loggers.CreateLogger<Migrator>()).Up(TestContext.Current.CancellationToken))))
            .WaitAsync(Timeout, TestContext.Current.CancellationToken);

        Assert.Single(lines.All);
        await using var connection = new NpgsqlConnection(postgres);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        Assert.True(await connection.ExecuteScalarAsync<bool>("select count(*) > 0 and count(*) = count(distinct version) from schema_version"));
        Assert.True(await Migrator.IsComplete(connection, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Three_replicas_that_start_at_once_on_an_empty_database_are_all_ready()
    {
        var postgres = await servers.NewPostgresAsync(empty: true);
        var redis = servers.NewRedis();

        var replicas = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            new Replica(TimeProvider.System, new(), ("ConnectionStrings:Postgres", postgres), ("ConnectionStrings:Redis", redis))))).WaitAsync(Timeout, TestContext.Current.CancellationToken);

        foreach (var replica in replicas)
        {
            await using (replica)
            {
                Assert.Equal("healthy", (await replica.Http.GetAsync("/health/ready", null))["checks"].TextOf("postgres"));
                Assert.Empty(replica.Log.Of(LogLevel.Error));
            }
        }
        Assert.Single(replicas.SelectMany(replica => replica.Log.All), line => line.Category == typeof(Migrator).FullName);
    }

    /// <summary>Everything in the database that a migration made, one line each, but for the record of what was migrated.</summary>
    private static async Task<IReadOnlyList<string>> SchemaAsync(string postgres)
    {
        await using var connection = new NpgsqlConnection(postgres);
        return (await connection.QueryAsync<string>(
            """
            select conname || ' ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
            union all
            select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'schema_version'
            union all
            select concat_ws(' ', table_name, column_name, data_type, udt_name, is_nullable, column_default, identity_generation)
            from information_schema.columns where table_schema = 'public' and table_name <> 'schema_version'
            union all
            select 'type ' || typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e'
            order by 1
            """)).AsList();
    }
}
