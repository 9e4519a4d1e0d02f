using System.Globalization;
using Npgsql;

namespace Consultation.Tests.Support.Engines;

/// <summary>
/// A PgBouncer in transaction mode before a PostgreSQL: nothing is set beside where it listens, whom it trusts and what it stands before.
/// </summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private readonly EngineHome _home;
    private readonly PostgresServer _postgres;
    private readonly int _port;
    private ServerProcess _process = null!;

    private PgBouncer(EngineHome home, PostgresServer postgres, int port)
    {
        _home = home;
        _postgres = postgres;
        _port = port;
    }

    /// <summary>With <c>Max Auto Prepare=0</c>, which versions before 1.21 need.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_postgres.ConnectionString) { Port = _port, MaxAutoPrepare = 0 }.ConnectionString;

    public static async Task<PgBouncer> StartAsync(PostgresServer postgres)
    {
        var bouncer = new PgBouncer(await EngineHome.CreateAsync(), postgres, EngineHome.FreePort());
        var users = await bouncer._home.WriteAsync("users.txt", "\"postgres\" \"\"");
        var configuration = await bouncer._home.WriteAsync("pgbouncer.ini",
            "[databases]",
            $"* = host=127.0.0.1 port={postgres.Port.ToString(CultureInfo.InvariantCulture)}",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            $"listen_port = {bouncer._port.ToString(CultureInfo.InvariantCulture)}",
            "unix_socket_dir =",
            "auth_type = trust",
            $"auth_file = {users}",
            "pool_mode = transaction");
        bouncer._process = bouncer._home.Start("pgbouncer", configuration);
        await bouncer._process.AnswersAsync(async () =>
        {
            try
            {
                await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(bouncer.ConnectionString) { Pooling = false }.ConnectionString);
                await connection.OpenAsync();
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });
        return bouncer;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _home.Dispose();
    }
}
