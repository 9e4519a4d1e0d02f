using System.Collections.Concurrent;
using System.Diagnostics;
using Consultation.Infrastructure.Embedded;
using Consultation.Tests.Support;

namespace Consultation.Tests.Infrastructure.Telemetry;

/// <summary>The service as operators run it: a process of its own, outside development, with all that it writes kept.</summary>
internal sealed class StartedService : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private StartedService(Process process, string address)
    {
        _process = process;
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(address) };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public HttpClient Http { get; }

    public IReadOnlyCollection<string> Lines => _lines;

    public static async Task<StartedService> StartAsync(params (string Key, string Value)[] settings)
    {
        var address = $"http://127.0.0.1:{GuardedServer.FreePort()}";
        var service = Run([], [("ASPNETCORE_URLS", address), .. settings], address);
        await Eventually.Async("the service is ready", TimeSpan.FromSeconds(60), async () =>
        {
            try
            {
                return (await service.Http.GetAsync("/health/ready")).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return service._process.HasExited ? throw new InvalidOperationException(string.Join('\n', service.Lines)) : false;
            }
        });
        return service;
    }

    /// <summary>Runs the program to its end; for what it is asked beside serving, and for refused starts.</summary>
    public static async Task<(int ExitCode, IReadOnlyCollection<string> Lines)> RunAsync(string[] arguments, params (string Key, string Value)[] settings)
    {
        await using var run = Run(arguments, settings, "http://127.0.0.1");
        return (await run.ExitAsync(), run.Lines);
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        return await ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Http.Dispose();
    }

    private static StartedService Run(string[] arguments, (string Key, string Value)[] settings, string address)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Consultation.dll"), .. arguments])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in settings.Prepend(("ASPNETCORE_ENVIRONMENT", "Production")))
            start.Environment[key] = value;
        return new StartedService(Process.Start(start)!, address);
    }

    private async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(45));
        return _process.ExitCode;
    }

    private void Keep(string? line)
    {
        if (!string.IsNullOrEmpty(line))
            _lines.Enqueue(line);
    }
}
