using System.Runtime.CompilerServices;

namespace Consultation.Tests.Architecture;

internal static class Sources
{
    /// <summary>The folder of the solution that this was compiled from.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot([CallerFilePath] string file = "")
    {
        // a reproducible build maps the path away; it is run inside the repository all the same
        var folder = File.Exists(file) ? Path.GetDirectoryName(file) : AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Consultation.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The sources are not there: Consultation.sln is in no folder above the tests.");
    }
}
