using System.Text.RegularExpressions;
using Xunit;

namespace Consultation.Tests.Architecture;

public sealed partial class DependabotTests
{
    private static readonly string[] NotOurs = ["node_modules", "bin", "obj", ".data", ".git"];

    [Fact]
    public void Dependabot_looks_after_every_folder_with_a_package_json()
    {
        var folders = FoldersWithPackages(Sources.Root).Select(folder => "/" + Path.GetRelativePath(Sources.Root, folder).Replace('\\', '/')).Order().ToList();
        var npm = NpmUpdates().Match(File.ReadAllText(Path.Combine(Sources.Root, ".github", "dependabot.yml"))).Groups[1].Value;
        var named = Folder().Matches(npm).Select(folder => folder.Groups[1].Value).Order().ToList();

        Assert.NotEmpty(folders);
        Assert.True(
            folders.SequenceEqual(named),
            $"""
            Packages that nobody updates grow old: list each folder that has a package.json under npm in .github/dependabot.yml, and no other.
              not listed: {string.Join(", ", folders.Except(named))}
              not there:  {string.Join(", ", named.Except(folders))}
            """);
    }

    private static IEnumerable<string> FoldersWithPackages(string folder) =>
        Directory.GetDirectories(folder)
            .Where(inner => !NotOurs.Contains(Path.GetFileName(inner)))
            .SelectMany(FoldersWithPackages)
            .Concat(File.Exists(Path.Combine(folder, "package.json")) ? [folder] : []);

    /// <summary>The folders of the entry for npm, up to the entry's next member.</summary>
    [GeneratedRegex(@"package-ecosystem: npm\s+directories:\n((?: +- /\S+\n)+)")]
    private static partial Regex NpmUpdates();

    [GeneratedRegex(@"- (/\S+)")]
    private static partial Regex Folder();
}
