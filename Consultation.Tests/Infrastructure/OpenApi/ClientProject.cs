using Consultation.Tests.Support;

namespace Consultation.Tests.Infrastructure.OpenApi;

/// <summary>The node project beside this file, in a folder of its own.</summary>
internal sealed class ClientProject : IDisposable
{
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(4);
    private static readonly Lazy<Task<NodeProject>> Installed = new(() => NodeProject.InstallAsync(Path.Combine(AppContext.BaseDirectory, "Infrastructure", "OpenApi", "client")));

    private readonly TemporaryFolder _folder = new();
    private readonly NodeProject _project;

    private ClientProject(NodeProject installed) => _project = installed.In(_folder.Path);

    public static async Task<ClientProject> PrepareAsync() => new(await Installed.Value);

    public Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_folder.Path, file), text);

    /// <returns>What the script printed; a failure of it is an exception with all that it said.</returns>
    public Task<string> RunAsync(string script, params string[] arguments) => _project.RunAsync(AtMost, "node", [script, .. arguments]);

    public void Dispose() => _folder.Dispose();
}
