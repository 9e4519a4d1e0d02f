using System.Diagnostics;

namespace Consultation.Infrastructure.Embedded;

/// <summary>Short-lived programs: found on the PATH, run to their end, their output read.</summary>
internal static class Command
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

    internal sealed record Outcome(int ExitCode, string Output);

    /// <param name="file">The program, by path.</param>
    /// <param name="arguments">Passed as they are, no shell between.</param>
    /// <param name="user">Whom to run it as; null is ourselves. Only root can ask for another.</param>
    /// <param name="bound">After this the program and its children are killed and <see cref="TimeoutException"/> is thrown.</param>
    /// <param name="cancellationToken">Kills the program and its children, too.</param>
    internal static async Task<Outcome> RunAsync(
        string file, IEnumerable<string> arguments, string? user, TimeSpan bound, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Our own folder may be closed to the other user, and PostgreSQL's programs want to come back to theirs.
            WorkingDirectory = Path.GetPathRoot(Path.GetTempPath()),
        };
        if (user is not null)
            start.UserName = user;
        // Messages in English, and no locale of the terminal that the machine does not have.
        start.Environment["LC_ALL"] = "C";

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(bound);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"{file} did not end within {bound.TotalSeconds:0} s.");
        }

        // A server that the program started may have inherited the pipes (Windows): then there is no end to read to.
        await Task.WhenAny(Task.WhenAll(output, error), Task.Delay(Drain, cancellationToken));
        return new Outcome(process.ExitCode, Read(output) + Read(error));

        static string Read(Task<string> text) => text.IsCompletedSuccessfully ? text.Result : "";
    }

    /// <summary>The full path of a program on the PATH, or null.</summary>
    internal static string? OnPath(string name)
    {
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [""];
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, name + ending)))
            .FirstOrDefault(File.Exists);
    }
}
