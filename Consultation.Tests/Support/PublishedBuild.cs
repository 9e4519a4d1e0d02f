using System.Diagnostics;
using Xunit;

namespace Consultation.Tests.Support;

/// <summary>
/// The service as it is delivered: a Release build, published once for the run. It has intermediate folders of its own, for a Release
/// restore in the project's would leave the packages of development builds out of the next Debug build.
/// </summary>
public sealed class PublishedBuild : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    internal string Assembly { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var root = Root(AppContext.BaseDirectory);
        var home = Path.Combine(root, "Consultation.Tests", "obj", "published");
        var publish = new ProcessStartInfo(
            "dotnet",
            [
                "publish", Path.Combine(root, "Consultation.csproj"), "--configuration", "Release", "--output", Path.Combine(home, "app"),
                "--artifacts-path", Path.Combine(home, "build"), "--nologo", "--verbosity", "quiet", "-p:RunAnalyzers=false",
                "-nodeReuse:false", "-p:UseSharedCompilation=false", // no server that holds our pipes open
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var leftOver in publish.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            publish.Environment.Remove(leftOver); // of the build that runs these tests

        using var process = Process.Start(publish)!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Timeout);
        Xunit.Assert.True(process.ExitCode == 0, string.Concat(await said));
        Assembly = Path.Combine(home, "app", "Consultation.dll");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Root(string folder) =>
        File.Exists(Path.Combine(folder, "Consultation.sln")) ? folder : Root(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The solution is not above the tests."));
}
