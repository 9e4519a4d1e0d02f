using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Dapper;
using FluentMigrator.Runner;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Testcontainers.PostgreSql;
using Testcontainers.Redis;
using Xunit;

[assembly: AssemblyFixture(typeof(TestServers))]

namespace Consultation.Tests.Support;

/// <summary>
/// The one PostgreSQL and the one Redis of the run: containers where an engine answers that has or gets the images, else the
/// servers that a development build brings along. Each test class takes a database of its own of both.
/// </summary>
public sealed class TestServers : IAsyncLifetime
{
    private const string PostgresImage = "postgres:18-alpine";
    private const string RedisImage = "redis:8-alpine";
    private const string Template = "consultation_template";
    private const int RedisDatabases = 1024;

    private readonly TemporaryFolder _folder = new();
    private readonly List<IAsyncDisposable> _running = [];
    private string _maintenance = "";
    private string _redis = "";
    private int _databases;

    public async ValueTask InitializeAsync()
    {
        if (await DockerProbe.WhyNotAsync(PostgresImage, RedisImage) is { } reason)
        {
            var postgres = EmbeddedPostgres.StartAsync(Path.Combine(_folder.Path, "postgres"), CancellationToken.None, "fsync=off", "max_connections=500");
            var redisServer = EmbeddedRedis.StartAsync(Path.Combine(_folder.Path, "redis"), CancellationToken.None, "--databases", $"{RedisDatabases}");
            _running.Add(await postgres);
            _running.Add(await redisServer);
            (_maintenance, _redis) = (postgres.Result.ConnectionString, redisServer.Result.ConnectionString);
            Say($"{postgres.Result.Description}; {redisServer.Result.Description}. No containers: {reason}");
        }
        else
        {
            var postgres = new PostgreSqlBuilder(PostgresImage).WithCommand("-c", "fsync=off", "-c", "max_connections=500").Build();
            var redisServer = new RedisBuilder(RedisImage).WithCommand("redis-server", "--protected-mode", "no", "--databases", $"{RedisDatabases}").Build();
            _running.Add(postgres);
            _running.Add(redisServer);
            await Task.WhenAll(postgres.StartAsync(), redisServer.StartAsync());
            (_maintenance, _redis) = (postgres.GetConnectionString(), redisServer.GetConnectionString());
            Say($"containers of {PostgresImage} and {RedisImage}, since a Docker engine answers");
        }

        _maintenance = new NpgsqlConnectionStringBuilder(_maintenance) { Database = "postgres", Pooling = false }.ConnectionString;
        await ExecuteAsync($"create database {Template}");
        var template = new NpgsqlConnectionStringBuilder(_maintenance) { Database = Template }.ConnectionString;
        await using var migrations = Migrator.Services(template);
        using var scope = migrations.CreateScope();
        scope.ServiceProvider.GetRequiredService<IMigrationRunner>().MigrateUp();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _running)
            await server.DisposeAsync();
        _folder.Dispose();
    }

    /// <returns>The connection string of a new database, with the schema in it unless it is to be empty.</returns>
    internal async Task<string> NewPostgresAsync(bool empty = false)
    {
        var name = $"consultation_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"create database {name}{(empty ? "" : $" template {Template} strategy file_copy")}");
        return new NpgsqlConnectionStringBuilder(_maintenance) { Database = name, Pooling = true }.ConnectionString;
    }

    /// <returns>The connection string of a Redis database that nobody else uses.</returns>
    internal string NewRedis() => $"{_redis},defaultDatabase={Interlocked.Increment(ref _databases)}";

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_maintenance);
        await connection.ExecuteAsync(sql);
    }

    private static void Say(string what) => TestContext.Current.SendDiagnosticMessage($"Tests run on {what}");
}
