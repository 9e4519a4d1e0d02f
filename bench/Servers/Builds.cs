using Consultation.Infrastructure.Embedded;

namespace Consultation.Bench.Servers;

/// <summary>What is made before anything starts: the service as its image has it, and the packages of the peer.</summary>
internal static class Builds
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(10);

    internal static readonly string Root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));
    internal static readonly string Bench = Path.Combine(Root, "bench");
    internal static readonly string Service = Path.Combine(Bench, "obj", "published", "app");

    internal static async Task MakeAsync(CancellationToken stop)
    {
        Progress.Say("Publishing the service, and installing the peer's packages");
        await Task.WhenAll(PublishAsync(stop), InstallAsync(stop));
    }

    // The options are the Dockerfile's. Intermediate files lie apart, or the next Debug build would have to restore again.
    private static Task PublishAsync(CancellationToken stop) => RunAsync(
        "dotnet",
        [
            "publish", Path.Combine(Root, "Consultation.csproj"), "--use-current-runtime", "--self-contained", "false", "-c", "Release",
            "-p:PublishReadyToRun=true", "-p:DebugType=none", "-p:PublishDocumentationFile=false", "-p:RunAnalyzers=false",
            "--artifacts-path", Path.Combine(Bench, "obj", "published", "build"), "--output", Service, "--nologo", "--verbosity", "quiet",
        ],
        stop);

    private static Task InstallAsync(CancellationToken stop) => RunAsync(
        "npm", ["ci", "--prefix", Path.Combine(Bench, "peer"), "--ignore-scripts", "--no-audit", "--no-fund"], stop);

    private static async Task RunAsync(string program, string[] arguments, CancellationToken stop)
    {
        var outcome = await Command.RunAsync(Prerequisites.Path(program), arguments, null, Bound, stop);
        if (outcome.ExitCode != 0)
            throw new InvalidOperationException($"{program} {arguments[0]} failed:\n{outcome.Output.Trim()}");
    }
}
