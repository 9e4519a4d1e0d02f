using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Consultation.Infrastructure.Embedded;

/// <summary>
/// Ties a server process to this one: one owner to a folder, and no server left behind however the owner ends.
/// </summary>
/// <remarks>
/// The server is not our child and has a session of its own, so that the terminal's Ctrl-C does not reach it before we have
/// drained. A guard, a shell that holds the read end of a pipe whose write end only we hold, stops it when we are gone, after
/// <c>kill -9</c> too. What both miss (a machine that lost power, a guard that was killed) the next start puts right. On Windows there is
/// no guard: there the next start does it all.
/// </remarks>
internal sealed class GuardedServer : IAsyncDisposable
{
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KillBound = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    private const int SigInt = 2;
    private const int SigKill = 9;

    // $1 pid file, $2 mark. A line read means that the owner has stopped the server itself; the end of the pipe, that it has died.
    // It may have died while the server was starting: then the pid file is still to come.
    private const string Guard = """
        trap '' INT HUP TERM QUIT TSTP
        read -r _ && exit
        i=0
        until [ -s "$1" ] || [ $i -ge 50 ]; do sleep 0.1; i=$((i+1)); done
        pid=$(head -n 1 "$1") || exit
        runs() {
          if [ -d /proc/self ]; then args=$(tr '\000' ' ' <"/proc/$pid/cmdline"); else args=$(ps -ww -o args= -p "$pid"); fi
          case $args in *"$2"*) true ;; *) false ;; esac
        }
        runs "$@" || exit
        kill -s INT "$pid"
        i=0
        while runs "$@" && [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done
        runs "$@" && kill -s KILL "$pid"
        rm -f "$1"
        """;

    // The guard is reparented (&), for "stop" in an IDE kills a whole tree, and gets its own session where it can, for
    // a supervisor kills a whole group. A background job reads /dev/null unless told otherwise, hence descriptor 3.
    private const string Launch = """
        exec 3<&0
        cd /
        $(command -v setsid) sh -c "$0" guard "$@" <&3 3<&- >/dev/null 2>&1 &
        """;

    private readonly FileStream _lock;
    private Process? _guard;
    private string _pidFile = "";
    private string _mark = "";

    private GuardedServer(FileStream @lock) => _lock = @lock;

    /// <summary>Null while no server runs.</summary>
    internal int? ProcessId => ReadPid(_pidFile) is { } pid && Runs(pid, _mark) ? pid : null;

    /// <summary>Where the server has to write its process id.</summary>
    internal string PidFile => _pidFile;

    /// <summary>Becomes the one owner of the folder, until disposed or dead.</summary>
    /// <exception cref="InvalidOperationException">Somebody else owns it.</exception>
    internal static GuardedServer Take(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new GuardedServer(new FileStream(
                Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InvalidOperationException(
                $"{folder} belongs to another user, perhaps from a run as root: run as that user, or delete the folder to start afresh.", e);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException(
                $"another Consultation is running on this folder: {folder}. Stop it first, or give this one its own ConnectionStrings__Postgres, ConnectionStrings__Redis and ASPNETCORE_URLS.", e);
        }
    }

    /// <summary>Sets up the guard. Call it before the server is started.</summary>
    /// <param name="home">Where the pid file will lie; the server must be able to write there.</param>
    /// <param name="mark">A part of the server's command line that no other process has, for process ids are used again.</param>
    internal async Task WatchAsync(string home, string mark)
    {
        _mark = mark;
        // Named after the owner: a guard that is late must not take our server for the one it watched.
        _pidFile = Path.Combine(home, $"server-{Environment.ProcessId}.pid");
        if (OperatingSystem.IsWindows())
            return;

        _guard = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Launch, Guard, _pidFile, mark]) { RedirectStandardInput = true })!;
        await _guard.WaitForExitAsync();
    }

    /// <summary>Stops what an earlier owner, or a start that failed, has left behind, and deletes the pid files of the dead.</summary>
    /// <param name="otherPidFile">One of the server's own making; its first line is the process id.</param>
    internal async Task ClearAsync(string? otherPidFile = null)
    {
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(_pidFile)!, "server-*.pid").Append(otherPidFile).OfType<string>().Where(File.Exists))
        {
            if (ReadPid(file) is { } pid)
                await EndAsync(pid);
            File.Delete(file);
        }
    }

    /// <summary>Asks the server to stop; kills it if it has not within 10 s.</summary>
    internal Task StopAsync() => ProcessId is { } pid ? EndAsync(pid) : Task.CompletedTask;

    /// <summary><c>kill -9</c> of the server and its children; returns when all are gone.</summary>
    internal async Task KillAsync()
    {
        if (ProcessId is not { } pid)
            return;

        int[] all = [pid, .. await ChildrenAsync(pid)];
        foreach (var each in all)
            Signal(each, SigKill);
        if (!await GoneAsync(() => all.Any(each => CommandLine(each).Length > 0), KillBound))
            throw new TimeoutException($"Process {pid} or a child of it outlives kill -9.");
    }

    /// <summary>Stops the server, sends the guard home and gives up the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_pidFile.Length > 0)
            File.Delete(_pidFile);
        if (_guard is not null)
        {
            try
            {
                await _guard.StandardInput.WriteLineAsync();
                _guard.StandardInput.Close();
            }
            catch (IOException)
            {
                // The guard was killed: there is nobody left to send home.
            }

            _guard.Dispose();
            _guard = null;
        }

        await _lock.DisposeAsync();
    }

    /// <summary>A port of 127.0.0.1 that is free now. Somebody else may take it first: be ready to ask again.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task EndAsync(int pid)
    {
        if (!Runs(pid, _mark))
            return;

        // To PostgreSQL this is a fast shutdown, to Redis a shutdown.
        Signal(pid, SigInt);
        if (await GoneAsync(() => Runs(pid, _mark), StopBound))
            return;

        Signal(pid, SigKill);
        if (!await GoneAsync(() => Runs(pid, _mark), KillBound))
            throw new TimeoutException($"Process {pid} ({_mark}) outlives kill -9.");
    }

    private static async Task<bool> GoneAsync(Func<bool> lives, TimeSpan bound)
    {
        for (var started = Stopwatch.GetTimestamp(); lives(); await Task.Delay(Poll))
        {
            if (Stopwatch.GetElapsedTime(started) > bound)
                return false;
        }

        return true;
    }

    private static int? ReadPid(string file) =>
        File.Exists(file) && int.TryParse(File.ReadLines(file).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            ? pid
            : null;

    private static bool Runs(int pid, string mark) =>
        OperatingSystem.IsWindows() ? CommandLine(pid) is "postgres" : CommandLine(pid).Contains(mark, StringComparison.Ordinal);

    /// <summary>Empty when there is no such process, or it is a zombie. On Windows only the program's name.</summary>
    internal static string CommandLine(int pid)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                return Process.GetProcessById(pid).ProcessName;
            if (OperatingSystem.IsLinux())
                return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (Exception e) when (e is ArgumentException or IOException)
        {
            return "";
        }

        using var ps = Process.Start(new ProcessStartInfo("/bin/ps", ["-ww", "-o", "args=", "-p", $"{pid}"]) { RedirectStandardOutput = true })!;
        return ps.StandardOutput.ReadToEnd().Trim();
    }

    private static async Task<int[]> ChildrenAsync(int pid)
    {
        var ids = OperatingSystem.IsLinux()
            ? await File.ReadAllTextAsync($"/proc/{pid}/task/{pid}/children")
            : (await Command.RunAsync("/usr/bin/pgrep", ["-P", $"{pid}"], null, KillBound, CancellationToken.None)).Output;
        return [.. ids.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
    }

    private static void Signal(int pid, int signal)
    {
        // That it is gone already is no error: the callers look.
        if (OperatingSystem.IsWindows())
            Process.GetProcessById(pid).Kill(entireProcessTree: true);
        else
            _ = Kill(pid, signal);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int pid, int signal);
}
