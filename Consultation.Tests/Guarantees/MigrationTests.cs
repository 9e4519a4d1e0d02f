using System.Net;
using Consultation.Tests.Support;
using Dapper;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Guarantees;

/// <summary>Section 10's "safe with several replicas starting at once", and versions beside each other during a roll-out.</summary>
[Collection(RealProcesses.Name)]
public sealed class MigrationTests(TestServers servers, PublishedBuild build)
{
    [Fact]
    public async Task Three_replicas_that_start_at_once_on_an_empty_database_migrate_it_once_and_without_an_error()
    {
        var postgres = await servers.NewPostgresAsync(empty: true);
        var replicas = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => PublishedService.StartReadyAsync(build, postgres, servers.NewRedis())));
        try
        {
            Assert.Empty(replicas.SelectMany(replica => replica.Logged("Error", "Critical")));
            Assert.DoesNotContain(replicas.SelectMany(replica => replica.Output), line => line.Contains("could not be migrated", StringComparison.Ordinal));
            Assert.Single(replicas.SelectMany(replica => replica.Output), line => line.Contains("The schema is at version", StringComparison.Ordinal));
            await using var connection = new NpgsqlConnection(postgres);
            Assert.Equal(
                typeof(Program).Assembly.GetTypes().Count(type => type.IsSubclassOf(typeof(FluentMigrator.Migration))),
                await connection.ExecuteScalarAsync<int>("select count(*) from schema_version"));
        }
        finally
        {
            foreach (var replica in replicas)
                await replica.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_version_serves_beside_a_newer_one_and_starts_while_that_migrates()
    {
        var postgres = await servers.NewPostgresAsync();
        var redis = servers.NewRedis();
        await using var old = await PublishedService.StartReadyAsync(build, postgres, redis);
        await using var connection = new NpgsqlConnection(postgres);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var slot = await connection.ExecuteScalarAsync<long>(
            "insert into consultation_slot (date, start_time, end_time) values (current_date + 2, now() + interval '2 days', now() + interval '3 days') returning id");

        // as the newer one holds it while it migrates: "Consult" in ASCII
        await connection.ExecuteAsync($"select pg_advisory_lock({0x436F6E73756C74})");
        await using var young = await PublishedService.StartReadyAsync(build, postgres, redis); // has all that it needs, and nothing to wait for
        Assert.Equal(HttpStatusCode.OK, (await old.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await old.Http.BookAsync(slot)).Status);

        await connection.ExecuteAsync("insert into schema_version (version, description, applied_on) values (999901010000, 'FromTheFuture', now())");
        await connection.ExecuteAsync("select pg_advisory_unlock_all()");
        Assert.Equal(HttpStatusCode.OK, (await old.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", (await young.Http.BookAsync(slot)).Code);
        Assert.Empty(young.Logged("Error", "Critical").Concat(old.Logged("Error", "Critical")));
    }
}
