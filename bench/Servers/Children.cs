using System.Diagnostics;

namespace Consultation.Bench.Servers;

/// <summary>Processes and a folder that are gone when this process is, however it ends.</summary>
/// <remarks>
/// A guard, a shell that reads from a pipe whose other end only we hold, kills them at the end of the pipe: we closed it, or we died.
/// It is told of each process that starts and of each that has ended, since an id may be used again.
/// </remarks>
internal sealed class Children : IAsyncDisposable
{
    // PostgreSQL has a guard of its own, which needs a file in the folder: the folder goes when that server has stopped.
    private const string Guard = """
        trap '' INT HUP TERM QUIT TSTP
        alive=
        while read -r what id; do
          others=
          for other in $alive; do [ "$other" = "$id" ] || others="$others $other"; done
          alive=$others
          [ "$what" = started ] && alive="$alive $id"
        done
        for id in $alive; do kill -s KILL "$id" 2>/dev/null; done
        i=0
        while [ -e "$1/postgres/data/postmaster.pid" ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i+1)); done
        rm -rf "$1"
        """;

    // A session of its own: a supervisor, or Ctrl-C in a terminal, kills our whole group.
    private const string Launch = """exec $(command -v setsid) sh -c "$0" guard "$1" """;

    private readonly Process _guard;

    internal Children()
    {
        Folder = Directory.CreateTempSubdirectory("consultation-bench-").FullName;
        // PostgreSQL runs as another user when we are root.
        File.SetUnixFileMode(Folder, (UnixFileMode)0b111_101_101);
        _guard = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Launch, Guard, Folder]) { RedirectStandardInput = true })!;
    }

    internal string Folder { get; }

    /// <param name="name">Of its log in the folder.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Beside our own.</param>
    /// <param name="readOutput">Its standard output is for us to read, not for the log.</param>
    internal Process Start(string name, string[] command, IReadOnlyDictionary<string, string>? environment = null, bool readOutput = false)
    {
        // The shell makes way for the program; it writes to the file itself, so that a log costs us nothing.
        var log = readOutput ? "2>>\"$0\"" : ">>\"$0\" 2>&1";
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec \"$@\" </dev/null {log}", Log(name), .. command])
        {
            RedirectStandardOutput = readOutput,
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        var process = Process.Start(start)!;
        Tell($"started {process.Id}");
        return process;
    }

    internal async Task KillAsync(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync();
        Tell($"ended {process.Id}");
    }

    internal string EndOfLog(string name) => string.Join('\n', File.ReadLines(Log(name)).TakeLast(20));

    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
    }

    private string Log(string name) => Path.Combine(Folder, $"{name}.log");

    private void Tell(string what)
    {
        _guard.StandardInput.WriteLine(what);
        _guard.StandardInput.Flush();
    }
}
