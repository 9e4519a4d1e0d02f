using System.Diagnostics;
using System.Globalization;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Consultation.Tests.Infrastructure.Embedded;

public sealed class EmbeddedServersTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task With_nothing_configured_everything_is_brought_along()
    {
        string? secret;
        await using (var servers = await StartAsync([]))
        {
            secret = servers.Settings["CONSULTATION_JWT_SECRET"];
            Assert.Equal(servers.Postgres?.ConnectionString, servers.Settings["ConnectionStrings:Postgres"]);
            Assert.Equal(servers.Redis?.ConnectionString, servers.Settings["ConnectionStrings:Redis"]);
            Assert.Equal("consultation-dev", servers.Settings["CONSULTATION_JWT_ISSUER"]);
            Assert.Equal("consultation-dev", servers.Settings["CONSULTATION_JWT_AUDIENCE"]);
        }

        await using var again = await StartAsync([]);
        Assert.Equal(secret, again.Settings["CONSULTATION_JWT_SECRET"]);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder.Path, ".data", "jwt-secret")));
    }

    [Fact]
    public async Task What_is_configured_is_left_alone()
    {
        await using var servers = await StartAsync(new()
        {
            ["ConnectionStrings:Postgres"] = "Host=elsewhere",
            ["ConnectionStrings:Redis"] = "elsewhere:6379",
            ["CONSULTATION_JWT_AUTHORITY"] = "https://elsewhere.example",
        });

        Assert.Empty(servers.Settings);
        Assert.Null(servers.Postgres);
        Assert.Null(servers.Redis);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Kill_9_of_the_service_leaves_no_server_behind()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Consultation.dll"), "--contentRoot", _folder.Path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var key in start.Environment.Keys.Where(key => key.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(key);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        using var service = Process.Start(start)!;
        // Read, lest a full pipe stops it.
        var output = service.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = service.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string[] expected = Command.OnPath("redis-server") is null ? ["postgres"] : ["postgres", "redis"];
        int[] servers;
        try
        {
            await UntilAsync(() => service.HasExited || Servers().Length == expected.Length, "the servers are up");
            Assert.False(service.HasExited, service.HasExited ? await output + await error : "");
            servers = Servers();
            Assert.All(servers, server => Assert.NotEmpty(GuardedServer.CommandLine(server)));
        }
        finally
        {
            service.Kill();
        }

        await UntilAsync(() => servers.All(server => GuardedServer.CommandLine(server).Length == 0), "the servers are gone");

        int[] Servers() =>
        [
            .. expected.Select(name => new DirectoryInfo(Path.Combine(_folder.Path, ".data", name)))
                .Where(folder => folder.Exists)
                .SelectMany(folder => folder.GetFiles("server-*.pid"))
                .Select(file => File.ReadAllText(file.FullName))
                .Where(text => text.EndsWith('\n'))
                .Select(text => int.Parse(text, CultureInfo.InvariantCulture)),
        ];
    }

    private Task<EmbeddedServers> StartAsync(Dictionary<string, string?> settings) =>
        EmbeddedServers.StartAsync(
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), _folder.Path, TestContext.Current.CancellationToken);

    private static async Task UntilAsync(Func<bool> holds, string what)
    {
        for (var started = Stopwatch.GetTimestamp(); !holds(); await Task.Delay(20, TestContext.Current.CancellationToken))
            Assert.True(Stopwatch.GetElapsedTime(started) < Bound, $"Not within {Bound.TotalSeconds} s: {what}.");
    }
}
