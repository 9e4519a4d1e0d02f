using Consultation.Infrastructure.Embedded;

namespace Consultation.Bench.Servers;

/// <summary>Programs that have to be on the machine.</summary>
internal static class Prerequisites
{
    private static readonly (string Program, string HowToGetIt)[] Needed =
    [
        ("wrk", "apt-get install wrk, brew install wrk"),
        ("redis-server", "apt-get install redis-server, brew install redis"),
        ("pgbench", "apt-get install postgresql postgresql-contrib, brew install postgresql"),
        ("node", "apt-get install nodejs, or https://nodejs.org"),
        ("npm", "apt-get install npm; it comes with Node.js elsewhere"),
    ];

    /// <returns>A line for each thing that is missing, with how to get it.</returns>
    internal static IReadOnlyList<string> Missing() => OperatingSystem.IsLinux()
        ? [.. Needed.Where(needed => Find(needed.Program) is null).Select(needed => $"{needed.Program} is missing: {needed.HowToGetIt}")]
        : ["The benchmark reads CPU and memory from /proc: it needs Linux."];

    internal static string Path(string program) => Find(program) ?? throw new InvalidOperationException($"{program} is missing.");

    // Debian keeps PostgreSQL's programs off the PATH, but for wrappers that a server package alone does not bring.
    private static string? Find(string program) => Command.OnPath(program) ??
        (Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(folder => System.IO.Path.Combine(folder, "bin", program)).FirstOrDefault(File.Exists)
            : null);
}
