using System.Reflection;

namespace Consultation.Infrastructure.Telemetry;

internal static class ServiceVersion
{
    /// <summary>The version of the build without its commit, like <c>1.2.0</c>.</summary>
    public static readonly string Current =
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
