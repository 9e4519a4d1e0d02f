using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Consultation.Tests.Support;

/// <summary>A folder with <c>package.json</c>, its lock and scripts, as node runs it: copied, and the locked packages installed.</summary>
internal sealed class NodeProject
{
    private static readonly TimeSpan InstallTime = TimeSpan.FromMinutes(3);

    private const string Packages = "node_modules";

    private readonly string _folder;

    private NodeProject(string folder) => _folder = folder;

    /// <summary>Once per machine and content of the source; a folder appears only when it is complete.</summary>
    public static async Task<NodeProject> InstallAsync(string source)
    {
        var files = Directory.GetFiles(source).Order(StringComparer.Ordinal).ToArray();
        using var content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            content.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file) + '\n'));
            content.AppendData(await File.ReadAllBytesAsync(file));
        }
        var ready = Path.Combine(Path.GetTempPath(), $"consultation-node-{Convert.ToHexStringLower(content.GetHashAndReset())[..16]}");
        if (Directory.Exists(ready))
            return new NodeProject(ready);

        var staging = Directory.CreateTempSubdirectory("consultation-node-").FullName;
        foreach (var file in files)
            File.Copy(file, Path.Combine(staging, Path.GetFileName(file)));
        await new NodeProject(staging).RunAsync(InstallTime, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        try
        {
            Directory.Move(staging, ready);
        }
        catch (IOException) when (Directory.Exists(ready))
        {
            Directory.Delete(staging, recursive: true); // another run was faster
        }
        return new NodeProject(ready);
    }

    /// <summary>The same files and packages in a folder of the caller's own, for programs that write beside them.</summary>
    public NodeProject In(string other)
    {
        foreach (var file in Directory.GetFiles(_folder))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        Directory.CreateSymbolicLink(Path.Combine(other, Packages), Path.Combine(_folder, Packages));
        return new NodeProject(other);
    }

    /// <returns>What the program wrote to its standard output.</returns>
    /// <exception cref="InvalidOperationException">It cannot be started, or ends with another code than 0; the message has all that it wrote.</exception>
    /// <exception cref="TimeoutException">It is killed when the time is up.</exception>
    public async Task<string> RunAsync(TimeSpan atMost, string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await Task.WhenAll(output, errors, process.WaitForExitAsync()).WaitAsync(atMost);
            return process.ExitCode == 0 ? await output : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}\n{await errors}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>In the project's folder, with all three streams redirected.</summary>
    public Process Start(string program, params string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = _folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException($"'{program}' cannot be started: these tests need Node.js 20 or later with npm.", missing);
        }
    }
}
