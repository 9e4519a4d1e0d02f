using System.Net;
using Consultation.Tests.Support;
using Dapper;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Guarantees.Engines;

/// <summary>Contract 5: all of the service's data lie in the first schema of the search path, and its role need not be let in elsewhere.</summary>
public sealed class OwnSchemaTests(TestServers servers) : IAsyncLifetime
{
    private string _superuser = "";

    public async ValueTask InitializeAsync() => _superuser = await servers.NewPostgresAsync(empty: true);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("Search Path of the connection string")]
    [InlineData("Options of the connection string")]
    [InlineData("the role's own setting")]
    public async Task A_role_that_may_create_in_its_own_schema_alone_is_enough(string how)
    {
        var role = await RoleAsync();
        var connection = ConnectionOf(role);
        if (how.StartsWith("Search", StringComparison.Ordinal))
            connection.SearchPath = role;
        else if (how.StartsWith("Options", StringComparison.Ordinal))
            connection.Options = $"-c search_path={role}";
        else
            await ExecuteAsync($"alter role {role} set search_path = {role}, public");

        await using var replica = await ReadyAsync(connection.ConnectionString);

        await WorksAsync(replica, role);
        Assert.Equal([role], await QueryAsync<string>(
            """
            select distinct nspname::text from pg_namespace n join pg_class c on c.relnamespace = n.oid
            where c.relname like 'consultation\_%' or c.relname in ('notification_outbox', 'schema_version')
            """));
        Assert.Equal([role], await QueryAsync<string>("select distinct nspname::text from pg_namespace n join pg_type t on t.typnamespace = n.oid where t.typname = 'consultation_booking_status'"));
    }

    [Fact]
    public async Task Two_shops_share_a_database_each_in_a_schema_of_its_own()
    {
        var (one, other) = (await RoleAsync(), await RoleAsync());
        await using var first = await ReadyAsync(PathOf(one));
        await using var second = await ReadyAsync(PathOf(other));

        await WorksAsync(first, one);
        Assert.Empty((await second.Http.GetAsync(HttpJson.Slots, null)).Ids());
        await WorksAsync(second, other);

        string PathOf(string role)
        {
            var connection = ConnectionOf(role);
            connection.SearchPath = role;
            return connection.ConnectionString;
        }
    }

    /// <summary>A role that owns a schema of its name, and nothing else.</summary>
    private async Task<string> RoleAsync()
    {
        var role = $"shop_{Guid.NewGuid():n}"[..20]; // roles are the server's, not the database's
        await ExecuteAsync($"create role {role} login password 'shop'; create schema {role} authorization {role}; revoke create on schema public from public");
        return role;
    }

    private NpgsqlConnectionStringBuilder ConnectionOf(string role) => new(_superuser) { Username = role, Password = "shop" };

    private async Task<Replica> ReadyAsync(string connection)
    {
        var replica = new Replica(TimeProvider.System, new(), ("ConnectionStrings:Postgres", connection), ("ConnectionStrings:Redis", servers.NewRedis()));
        try
        {
            await Bounded.UntilAsync("the replica is ready", TimeSpan.FromSeconds(5), async () => (await replica.Http.GetAsync("/health/ready", null)).Status == HttpStatusCode.OK);
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    private async Task WorksAsync(Replica replica, string schema)
    {
        var start = DateTimeOffset.UtcNow.AddDays(2);
        var slot = (long)(await new Staff(replica.Http).CreateSlot(new { startTime = start, endTime = start.AddMinutes(30) }))["id"];
        Assert.Equal([slot], (await replica.Http.GetAsync(HttpJson.Slots, null)).Ids());
        Assert.Equal(HttpStatusCode.Created, (await replica.Http.BookAsync(slot)).Status);
        await Bounded.UntilAsync("its job is on the queue", TimeSpan.FromSeconds(5), async () =>
            (await QueryAsync<long>($"select count(*) from {schema}.notification_outbox where queued_at is not null"))[0] == 1);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var session = new NpgsqlConnection(_superuser);
        await session.ExecuteAsync(sql);
    }

    private async Task<IReadOnlyList<T>> QueryAsync<T>(string sql)
    {
        await using var session = new NpgsqlConnection(_superuser);
        return (await session.QueryAsync<T>(sql)).AsList();
    }
}
