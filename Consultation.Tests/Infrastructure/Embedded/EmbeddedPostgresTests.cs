using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Infrastructure.Embedded;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Data_survive_a_restart()
    {
        await using (var first = await StartAsync())
            await RunAsync(first, "create table kept as select 42 as value");

        await using var second = await StartAsync();
        Assert.Equal(42, await RunAsync(second, "select value from kept"));
    }

    [Fact]
    public async Task Data_survive_kill_9_and_the_server_comes_back_on_its_port()
    {
        await using var postgres = await StartAsync();
        await RunAsync(postgres, "create table kept as select 42 as value");
        var (connectionString, processId) = (postgres.ConnectionString, postgres.ProcessId);

        await postgres.KillAsync();
        Assert.Null(postgres.ProcessId);
        await Assert.ThrowsAsync<NpgsqlException>(() => RunAsync(postgres, "select 1"));

        await postgres.StartAgainAsync();
        Assert.Equal(connectionString, postgres.ConnectionString);
        Assert.NotEqual(processId, postgres.ProcessId);
        Assert.Equal(42, await RunAsync(postgres, "select value from kept"));
    }

    [Fact]
    public async Task Once_disposed_nothing_runs_and_nothing_but_the_data_is_left()
    {
        var postgres = await StartAsync();
        var processId = Assert.NotNull(postgres.ProcessId);
        await postgres.DisposeAsync();

        Assert.Empty(GuardedServer.CommandLine(processId));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.pid", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_second_start_on_a_folder_says_what_is_in_the_way()
    {
        await using var first = await StartAsync();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync());

        Assert.StartsWith($"another Consultation is running on this folder: {_folder.Path}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1, await RunAsync(first, "select 1"));
    }

    [Fact]
    public async Task The_pid_file_of_a_dead_server_does_not_hinder_a_start_though_its_id_is_in_use_again()
    {
        string data;
        await using (var first = await StartAsync())
            data = first.DataFolder;
        await File.WriteAllTextAsync(
            Path.Combine(data, "postmaster.pid"), $"{Environment.ProcessId}\n{data}\n1790000000\n5432\n\n127.0.0.1\n", TestContext.Current.CancellationToken);

        await using var second = await StartAsync();
        Assert.Equal(1, await RunAsync(second, "select 1"));
    }

    [Fact]
    public async Task Settings_reach_the_server()
    {
        await using var postgres = await StartAsync("max_connections = 23", "fsync = off");

        Assert.Equal("23", await RunAsync(postgres, "show max_connections"));
        Assert.Equal("off", await RunAsync(postgres, "show fsync"));
    }

    [Fact]
    public async Task A_setting_that_PostgreSQL_refuses_is_told_in_its_own_words()
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync("max_connections = many"));

        Assert.Contains("max_connections", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_gets_in_without_the_password()
    {
        await using var postgres = await StartAsync();
        var stranger = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Password = "guess", Pooling = false };

        await using var connection = new NpgsqlConnection(stranger.ConnectionString);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(TestContext.Current.CancellationToken));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Fact]
    public async Task Below_a_private_folder_root_keeps_the_data_elsewhere_and_says_so()
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var inner = Path.Combine(_folder.Path, "inner");
        var moves = Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows();

        var postgres = await EmbeddedPostgres.StartAsync(inner, TestContext.Current.CancellationToken);
        try
        {
            Assert.Equal(1, await RunAsync(postgres, "select 1"));
            Assert.Equal(moves, !postgres.DataFolder.StartsWith(inner, StringComparison.Ordinal));
            Assert.Equal(moves, postgres.Notice?.Contains(Path.GetDirectoryName(postgres.DataFolder)!, StringComparison.Ordinal) ?? false);
        }
        finally
        {
            await postgres.DisposeAsync();
            if (moves)
                Directory.Delete(Path.GetDirectoryName(postgres.DataFolder)!, recursive: true);
        }
    }

    private Task<EmbeddedPostgres> StartAsync(params string[] settings) =>
        EmbeddedPostgres.StartAsync(_folder.Path, TestContext.Current.CancellationToken, settings);

    private static async Task<object?> RunAsync(EmbeddedPostgres postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
