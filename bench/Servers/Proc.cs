using System.Globalization;

namespace Consultation.Bench.Servers;

/// <summary>What Linux counts of a process.</summary>
internal static class Proc
{
    // USER_HZ: what /proc counts in, whatever the kernel's own clock.
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of CPU, its own and the kernel's for it, in steps of 10 ms; 0 for no process.</summary>
    internal static double CpuSeconds(int? processId)
    {
        if (processId is not { } id)
            return 0;
        // The name, in parentheses, may hold anything.
        var fields = File.ReadAllText($"/proc/{id}/stat").Split(')')[^1].Split(' ');
        return fields[12..14].Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Resident, in MB of 1024².</summary>
    internal static double Megabytes(int processId) => Field($"/proc/{processId}/status", "VmRSS") / 1024;

    internal static string Machine()
    {
        var gigabytes = Field("/proc/meminfo", "MemTotal") / 1024 / 1024;
        return $"{Environment.ProcessorCount} cores ({Text("/proc/cpuinfo", "model name")}), {gigabytes:0} GiB";
    }

    private static double Field(string file, string name) => double.Parse(Text(file, name).Split(' ')[0], CultureInfo.InvariantCulture);

    private static string Text(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
}
