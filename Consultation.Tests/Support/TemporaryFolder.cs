namespace Consultation.Tests.Support;

/// <summary>A folder that every user may enter: as root, PostgreSQL runs as another.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    internal string Path { get; } =
        Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"consultation-test-{Guid.NewGuid():n}")).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
