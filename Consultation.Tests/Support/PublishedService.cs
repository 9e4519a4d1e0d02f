using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Consultation.Tests.Support;

/// <summary>
/// One replica as a process of its own, in production, that a test may kill, stop and freeze. It ends with the test, and with the
/// process of the tests, however that ends.
/// </summary>
internal sealed partial class PublishedService : IAsyncDisposable
{
    private const int SigKill = 9, SigTerm = 15;
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);

    // The guard in the background reads a pipe that only we hold: a line sends it home, the end of the pipe says that we are gone.
    // It must not keep the service's output open, and "$$" is the service once the shell has become it.
    private const string Launch = """
        exec 3<&0
        (exec >/dev/null 2>&1; read -r _ <&3 || kill -9 $$) &
        ulimit -n "$(ulimit -H -n)"
        exec "$@" 3<&- </dev/null
        """;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _reaped;

    private PublishedService(PublishedBuild build, (string Key, string? Value)[] settings)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Launch, "sh", "dotnet", build.Assembly])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(build.Assembly)!,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["DOTNET_TieredPGO"] = "0"; // these processes are too young to profit
        foreach (var (key, value) in Replica.Defaults.Concat(settings))
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public HttpClient Http { get; private set; } = null!;

    public Uri Address => Http.BaseAddress!;

    public int ProcessId => _process.Id;

    public IReadOnlyCollection<string> Output => _output;

    /// <summary>What the service has logged at these levels.</summary>
    public IEnumerable<string> Logged(params string[] levels) =>
        _output.Where(line => levels.Any(level => line.Contains($"\"LogLevel\":\"{level}\"", StringComparison.Ordinal)) || !line.StartsWith('{'));

    /// <summary>Memory in use now, and the most there ever was, in MiB.</summary>
    public (int Now, int Peak) Memory
    {
        get
        {
            var status = File.ReadAllLines($"/proc/{ProcessId}/status");
            return (Of("VmRSS:"), Of("VmHWM:"));

            int Of(string name) => int.Parse(
                status.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(),
                CultureInfo.InvariantCulture) / 1024;
        }
    }

    /// <summary>Starts a replica and waits until it listens, ready or not.</summary>
    public static async Task<PublishedService> StartAsync(PublishedBuild build, string postgres, string redis, params (string Key, string? Value)[] settings)
    {
        var service = new PublishedService(build, [("ConnectionStrings:Postgres", postgres), ("ConnectionStrings:Redis", redis), .. settings]);
        try
        {
            var address = await service._listening.Task.WaitAsync(StartBound);
            service.Http = NewClient(address);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    public static async Task<PublishedService> StartReadyAsync(PublishedBuild build, string postgres, string redis, params (string Key, string? Value)[] settings)
    {
        var service = await StartAsync(build, postgres, redis, settings);
        await service.ReadyAsync(StartBound);
        return service;
    }

    public Task ReadyAsync(TimeSpan within) => Bounded.UntilAsync("the service is ready", within, async () =>
    {
        using var answer = await Http.GetAsync("/health/ready");
        return answer.StatusCode == HttpStatusCode.OK;
    });

    /// <summary>A client with connections of its own, which never repeats a request by itself and waits longer than any promise.</summary>
    public static HttpClient NewClient(Uri address, int connections = 20) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, MaxConnectionsPerServer = connections })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(40),
        };

    /// <summary>As by <c>kill -9</c>.</summary>
    public void Kill() => Signal(ProcessId, SigKill);

    /// <summary>As an orchestrator does before it stops a replica.</summary>
    public void Terminate() => Signal(ProcessId, SigTerm);

    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync(TimeSpan within)
    {
        await _process.WaitForExitAsync().WaitAsync(within);
        _reaped = true;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_reaped && !_process.HasExited)
            Kill();
        await ExitAsync(StartBound);
        try
        {
            await _process.StandardInput.WriteLineAsync();
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // the guard has gone with the service
        }
        _process.Dispose();
        Http?.Dispose();
    }

    public static void Signal(int processId, int signal) => _ = KillProcess(processId, signal);

    private void Take(string? line)
    {
        if (string.IsNullOrEmpty(line))
            return;
        _output.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
            _listening.TrySetResult(new Uri(match.Groups[1].Value));
    }

    [GeneratedRegex(@"Now listening on: (http://[0-9.:]+)")]
    private static partial Regex Listening();

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int KillProcess(int pid, int signal);
}

/// <summary>Waits that end.</summary>
internal static class Bounded
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks again and again; fails, naming what was waited for, when the time is up.</summary>
    public static async Task UntilAsync(string what, TimeSpan within, Func<Task<bool>> holds)
    {
        for (var started = Stopwatch.GetTimestamp(); !await holds(); await Task.Delay(Poll))
            Assert.True(Stopwatch.GetElapsedTime(started) < within, $"Not within {within.TotalSeconds} s: {what}.");
    }
}
