using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Consultation.Tests.Support.Engines;

/// <summary>
/// One life of a server, with its children, that a test may kill, freeze and stop. It ends with the process of the tests, however that
/// ends. Linux only: who is a child of whom is read from /proc.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int SigInt = 2, SigKill = 9, SigTerm = 15, SigCont = 18, SigStop = 19;

    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    // The guard reads a pipe that only we hold: a line sends it home, the end of the pipe says that we are gone. "$$" is the server once
    // the shell has become it. The guard is no child of the server, which would wonder about one that it has not started.
    private const string Launch = """
        exec 3<&0
        ( (exec >/dev/null 2>&1; read -r _ <&3 || kill -9 $$ $(cat /proc/$$/task/$$/children)) & )
        ulimit -n "$(ulimit -H -n)"
        exec "$@" 3<&- </dev/null
        """;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private bool _reaped;

    private ServerProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The lines of both streams so far.</summary>
    public IReadOnlyCollection<string> Output => _output;

    /// <param name="folder">Where it is started.</param>
    /// <param name="user">Whom to run it as; null is ourselves. Only root can ask for another.</param>
    /// <param name="program">The program, by path or found on the PATH.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <param name="environment">Variables over those of the tests.</param>
    public static ServerProcess Start(
        string folder, string? user, string program, IEnumerable<string> arguments, IEnumerable<(string Key, string? Value)>? environment = null)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Launch, "sh", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        if (user is not null)
            start.UserName = user;
        foreach (var (key, value) in environment ?? [])
            start.Environment[key] = value;
        return new ServerProcess(start);
    }

    /// <summary>Waits until the server answers; fails, with what it wrote last, when it ends before or takes longer than a minute.</summary>
    public async Task AnswersAsync(Func<Task<bool>> answers)
    {
        for (var started = Stopwatch.GetTimestamp(); !await answers(); await Task.Delay(Poll))
        {
            if (HasExited || Stopwatch.GetElapsedTime(started) > StartTimeout)
                throw new InvalidOperationException($"{_process.StartInfo.ArgumentList[3]} {(HasExited ? "ended" : "does not answer")}:\n{string.Join('\n', Output.TakeLast(10))}");
        }
    }

    /// <summary>As by <c>kill -9</c> of it and its children, as when a machine loses its power; all are gone on return.</summary>
    public Task KillAsync()
    {
        Signal(SigKill, Family());
        return ExitAsync(EndTimeout);
    }

    /// <summary>SIGSTOP: connections stay open, new ones are taken by the kernel, and nothing is answered.</summary>
    public void Freeze() => Signal(SigStop, Family()); // the parent first, so that it starts no more children

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Signal(SigCont, Family());

    /// <summary>SIGTERM, and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> TerminateAsync(TimeSpan within)
    {
        Signal(SigTerm, Id);
        return ExitAsync(within);
    }

    /// <summary>SIGINT, which to PostgreSQL is a fast shutdown, and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> InterruptAsync(TimeSpan within)
    {
        Signal(SigInt, Id);
        return ExitAsync(within);
    }

    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync(TimeSpan within)
    {
        await _process.WaitForExitAsync().WaitAsync(within);
        _reaped = true;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_reaped)
            await KillAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync();
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // the guard has gone before
        }
        _process.Dispose();
    }

    /// <summary>The server and its children; only the server when it is gone already, whose id is ours until it is reaped.</summary>
    private int[] Family()
    {
        if (_reaped || HasExited)
            return [];
        var children = $"/proc/{Id}/task/{Id}/children";
        return [Id, .. File.Exists(children) ? File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)) : []];
    }

    private static void Signal(int signal, params int[] processes)
    {
        foreach (var process in processes)
            _ = SendSignal(process, signal); // that it has gone is no error
    }

    private void Take(string? line)
    {
        if (!string.IsNullOrEmpty(line))
            _output.Enqueue(line);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
