using Consultation.Infrastructure.Embedded;

namespace Consultation.Bench.Servers;

/// <summary>Programs that have to be on the machine.</summary>
internal static class Prerequisites
{
    private static readonly (string Program, string HowToGetIt)[] Needed =
    [
        ("wrk", "apt-get install wrk"),
        ("redis-server", "apt-get install redis-server"),
        ("pgbench", "apt-get install postgresql"),
        ("node", "apt-get install nodejs, or https://nodejs.org"),
        ("npm", "apt-get install npm, or with Node.js from https://nodejs.org"),
    ];

    /// <returns>A line for each thing that is missing, with how to get it.</returns>
    internal static IReadOnlyList<string> Missing() => OperatingSystem.IsLinux()
        ? [.. Needed.Where(needed => Find(needed.Program) is null).Select(needed => $"{needed.Program} is missing: {needed.HowToGetIt}")]
        : ["The benchmark reads CPU and memory from /proc: it needs Linux."];

    internal static string Path(string program) => Find(program) ?? throw new InvalidOperationException($"{program} is missing.");

    // Debian keeps PostgreSQL's own programs off the PATH.
    private static string? Find(string program) => Command.OnPath(program) ??
        new DirectoryInfo("/usr/lib/postgresql") switch
        {
            { Exists: true } versions => versions.GetDirectories()
                .Select(version => System.IO.Path.Combine(version.FullName, "bin", program)).FirstOrDefault(File.Exists),
            _ => null,
        };
}
