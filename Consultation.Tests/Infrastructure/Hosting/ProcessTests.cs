using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Infrastructure.Hosting;

/// <summary>The program as operators start it.</summary>
public sealed class ProcessTests(TestServers servers)
{
    [Fact]
    public async Task Without_settings_it_says_what_is_missing_line_by_line_and_ends()
    {
        var (exitCode, output, errors) = await RunAsync([]);

        Assert.NotEqual(0, exitCode);
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(
            ["CONSULTATION_JWT_AUDIENCE", "CONSULTATION_JWT_ISSUER", "CONSULTATION_JWT_SECRET", "ConnectionStrings__Postgres", "ConnectionStrings__Redis"],
            lines.Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.Equal("", output);
    }

    [Fact]
    public async Task With_a_bad_setting_it_says_so_without_a_stack_trace_or_a_secret()
    {
        var (exitCode, _, errors) = await RunAsync(
            [],
            ("ConnectionStrings__Postgres", "Host=db;Password=hush-hush"), ("ConnectionStrings__Redis", "redis"),
            ("CONSULTATION_JWT_SECRET", "hush-hush"), ("CONSULTATION_JWT_ISSUER", "i"), ("CONSULTATION_JWT_AUDIENCE", "a"), ("CONSULTATION_TIME_ZONE", "Mars/Olympus"));

        Assert.NotEqual(0, exitCode);
        Assert.Equal(2, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("CONSULTATION_TIME_ZONE is 'Mars/Olympus'", errors, StringComparison.Ordinal);
        Assert.Contains("CONSULTATION_JWT_SECRET", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hush-hush", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    public async Task Help_is_printed(string argument)
    {
        var (exitCode, output, errors) = await RunAsync([argument]);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("migrate", output, StringComparison.Ordinal);
        Assert.Contains("--version", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_printed_and_nothing_else()
    {
        var (exitCode, output, errors) = await RunAsync(["--version"]);

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Matches(@"\A[0-9]+\.[0-9]+\.[0-9]+\S*\s*\z", output);
    }

    [Fact]
    public async Task An_unknown_command_is_refused_with_help()
    {
        var (exitCode, output, errors) = await RunAsync(["migrat"]);

        Assert.NotEqual(0, exitCode);
        Assert.Equal("", output);
        Assert.Contains("'migrat'", errors, StringComparison.Ordinal);
        Assert.Contains("usage:", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_brings_an_empty_database_up_to_date_and_may_be_repeated()
    {
        var postgres = await servers.NewPostgresAsync(empty: true);

        foreach (var _ in new[] { "first", "again" })
        {
            var (exitCode, _, errors) = await RunAsync(["migrate"], ("ConnectionStrings__Postgres", postgres));
            Assert.True(exitCode == 0, errors);
        }

        await using var database = NpgsqlDataSource.Create(postgres);
        await using var count = database.CreateCommand("select count(*) from consultation_slot, consultation_booking, notification_outbox");
        Assert.Equal(0L, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Migrate_without_a_database_to_reach_fails_in_one_line()
    {
        var (exitCode, _, errors) = await RunAsync(["migrate"], ("ConnectionStrings__Postgres", $"Host=127.0.0.1;Port={GuardedServer.FreePort()};Username=x;Password=hush-hush"));

        Assert.NotEqual(0, exitCode);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("hush-hush", errors, StringComparison.Ordinal);

        (exitCode, _, errors) = await RunAsync(["migrate"]);
        Assert.NotEqual(0, exitCode);
        Assert.StartsWith("ConnectionStrings__Postgres is missing", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_said_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var (exitCode, _, errors) = await RunAsync(
            [],
            ("ConnectionStrings__Postgres", await servers.NewPostgresAsync()), ("ConnectionStrings__Redis", servers.NewRedis()), ("ASPNETCORE_URLS", $"http://{taken.LocalEndpoint}"),
            ("CONSULTATION_JWT_SECRET", Tokens.Secret), ("CONSULTATION_JWT_ISSUER", Tokens.Issuer), ("CONSULTATION_JWT_AUDIENCE", Tokens.Audience));

        Assert.Equal(1, exitCode);
        Assert.Equal($"Failed to bind to address http://{taken.LocalEndpoint}: address already in use. ASPNETCORE_URLS names another one.", errors.Trim());
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Consultation.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        // none of what this run may have been started with
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("CONSULTATION_", StringComparison.Ordinal) || name.StartsWith("ConnectionStrings__", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return (process.ExitCode, await output, await errors);
    }
}
