using System.Globalization;

namespace Consultation.Infrastructure.Configuration;

/// <summary>
/// Checks what the framework's own parts read: where to listen, and at what levels to log. They would find a bad value later, each in its own way, and end
/// the process with a stack trace.
/// </summary>
internal static class ServerSettings
{
    private const string Levels = "Trace, Debug, Information, Warning, Error, Critical or None";

    public static void Check(ConfigurationReader reader, IConfiguration configuration)
    {
        foreach (var url in configuration["urls"]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
            if (!IsUrl(url))
                reader.Refuse("ASPNETCORE_URLS", url, "addresses with semicolons between, like http://*:8080 or https://localhost:8443, without a path");
        foreach (var (key, variable) in (ReadOnlySpan<(string, string)>)[("http_ports", "ASPNETCORE_HTTP_PORTS"), ("https_ports", "ASPNETCORE_HTTPS_PORTS")])
            foreach (var port in configuration[key]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
                if (!IsPort(port))
                    reader.Refuse(variable, port, "ports from 0 to 65535 with semicolons between");
        foreach (var (path, value) in configuration.GetSection("Logging").AsEnumerable())
        {
            var isLevel = path.Contains(":LogLevel:", StringComparison.OrdinalIgnoreCase) || path.EndsWith(":LogToStandardErrorThreshold", StringComparison.OrdinalIgnoreCase);
            if (isLevel && !string.IsNullOrEmpty(value) && !Enum.TryParse<LogLevel>(value, ignoreCase: true, out _))
                reader.Refuse(path, value, Levels);
        }
    }

    private static bool IsUrl(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.Scheme is "http" or "https" && address.PathBase.Length == 0
                && (address.IsUnixPipe || address.IsNamedPipe || address.Port is >= 0 and <= 65535);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool IsPort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535;
}
