using Npgsql;

namespace Consultation.Tests.Support.Engines;

/// <summary>A primary and its synchronous standby: what one has acknowledged, the other has.</summary>
internal sealed class PostgresPair : IAsyncDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    private PostgresPair(PostgresServer primary, PostgresServer standby)
    {
        Primary = primary;
        Standby = standby;
    }

    public PostgresServer Primary { get; }

    public PostgresServer Standby { get; }

    public static async Task<PostgresPair> StartAsync()
    {
        var primary = await PostgresServer.StartAsync(); // nothing turned off: durability is judged
        var pair = new PostgresPair(primary, await primary.StartStandbyAsync());
        // from here on, and not in what the standby copied: promoted, it has nobody to wait for
        await primary.ExecuteAsync("alter system set synchronous_standby_names = '*'");
        await primary.ExecuteAsync("select pg_reload_conf()");
        await Bounded.UntilAsync("the standby is synchronous", LongestWait, async () =>
            (await primary.QueryAsync<string>("select sync_state from pg_stat_replication")).Contains("sync"));
        return pair;
    }

    /// <summary>Of both hosts, as an operator writes it.</summary>
    public string ConnectionString(bool standbyFirst)
    {
        PostgresServer[] hosts = standbyFirst ? [Standby, Primary] : [Primary, Standby];
        return new NpgsqlConnectionStringBuilder(Primary.ConnectionString)
        {
            Host = string.Join(',', hosts.Select(host => $"127.0.0.1:{host.Port}")),
        }.ConnectionString;
    }

    /// <summary>Returns when the standby takes writes.</summary>
    public Task PromoteAsync() => Standby.ExecuteAsync("select pg_promote(true, 15)");

    public async ValueTask DisposeAsync()
    {
        await Primary.DisposeAsync();
        await Standby.DisposeAsync();
    }
}
