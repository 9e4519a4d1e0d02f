using System.Net;
using System.Net.Sockets;
using Consultation.Infrastructure.Embedded;
using Xunit;

namespace Consultation.Tests.Support.Engines;

/// <summary>A temporary folder for an engine, and the ordinary user to whom it belongs and as whom the engine runs.</summary>
internal sealed class EngineHome : IDisposable
{
    private static readonly TimeSpan ToolTimeout = TimeSpan.FromSeconds(60);

    // Below the range from which the system takes ports for outgoing connections: such a one cannot be in the way of an engine that is
    // started again on its port.
    private const int FirstPort = 18_000, Ports = 10_000;
    private static int LastPort = Environment.ProcessId % Ports;

    private readonly TemporaryFolder _folder = new();

    private EngineHome()
    {
    }

    /// <summary>Null where we are an ordinary user ourselves. PostgreSQL and PgBouncer refuse to run for root.</summary>
    public static string? User { get; } = !Environment.IsPrivilegedProcess ? null
        : File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    public string Folder => _folder.Path;

    public static async Task<EngineHome> CreateAsync()
    {
        var home = new EngineHome();
        if (User is not null)
            await RunAsync("/bin/chown", null, User, home.Folder);
        return home;
    }

    /// <summary>A port of 127.0.0.1 that nobody listens on.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = FirstPort + ((Interlocked.Increment(ref LastPort) & int.MaxValue) % Ports);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // taken
            }
        }
    }

    /// <summary>In the folder, for the ordinary user to read.</summary>
    /// <returns>The file's path.</returns>
    public async Task<string> WriteAsync(string name, params string[] lines)
    {
        var file = Path.Combine(Folder, name);
        await File.WriteAllLinesAsync(file, lines);
        if (User is not null)
            await RunAsync("/bin/chown", null, User, file);
        return file;
    }

    public ServerProcess Start(string program, params string[] arguments) => ServerProcess.Start(Folder, User, Installed(program), arguments);

    /// <summary>A short-lived program, as the ordinary user; fails with its output unless it ends well.</summary>
    public static Task<string> RunAsync(string program, params string[] arguments) => RunAsync(Installed(program), User, arguments);

    public void Dispose() => _folder.Dispose();

    private static async Task<string> RunAsync(string program, string? user, params string[] arguments)
    {
        var outcome = await Command.RunAsync(program, arguments, user, ToolTimeout, TestContext.Current.CancellationToken);
        return outcome.ExitCode == 0 ? outcome.Output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {outcome.Output.Trim()}");
    }

    private static string Installed(string program) =>
        Path.IsPathRooted(program) ? program
        : Command.OnPath(program) ?? new[] { $"/usr/sbin/{program}" }.FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"'{program}' is not on this machine: the tests need the packages that .ci/run installs.");
}
