using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Consultation.Infrastructure.Configuration;

namespace Consultation.Infrastructure.Http;

/// <summary>Whose forwarded headers count, and which origins' scripts may call.</summary>
internal sealed partial record HttpOptions(IReadOnlyList<IPNetwork> TrustedProxies, IReadOnlyList<string> CorsOrigins)
{
    /// <summary>The bits before the IPv4 address in one that is mapped to IPv6.</summary>
    private const int MappedPrefix = 96;

    public static HttpOptions Read(ConfigurationReader reader) =>
        new(Networks(reader, "CONSULTATION_TRUSTED_PROXIES"), Origins(reader, "CONSULTATION_CORS_ORIGINS"));

    private static IReadOnlyList<IPNetwork> Networks(ConfigurationReader reader, string key)
    {
        var networks = new List<IPNetwork>();
        foreach (var entry in reader.List(key))
        {
            // .NET takes "1" and "010.0.0.1" for addresses as well, but not for those that were meant
            var isWhole = entry.Contains(':', StringComparison.Ordinal) || WholeIPv4().IsMatch(entry);
            if (isWhole && IPAddress.TryParse(entry, out var address))
                networks.Add(AsIPv4(new IPNetwork(address, address.GetAddressBytes().Length * 8)));
            else if (isWhole && IPNetwork.TryParse(entry, out var network))
                networks.Add(AsIPv4(network));
            else
                reader.Refuse(key, entry, "addresses or CIDRs with commas between, like 10.0.0.0/8,::1");
        }
        return networks;
    }

    private static IReadOnlyList<string> Origins(ConfigurationReader reader, string key)
    {
        var origins = new List<string>();
        foreach (var entry in reader.List(key))
        {
            if (OriginOf(entry) is { } origin)
                origins.Add(origin);
            else
                reader.Refuse(key, entry, "origins with commas between, like https://www.example.com or capacitor://localhost");
        }
        return origins;
    }

    /// <summary>As browsers send it: scheme and host in lower case, the host in ASCII, no port where it is the scheme's own.</summary>
    private static string? OriginOf(string entry)
    {
        if (!Uri.TryCreate(entry, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.UserInfo.Length > 0 || uri.PathAndQuery is not ("" or "/") || uri.Fragment.Length > 0
            || !entry.StartsWith($"{uri.Scheme}://", StringComparison.OrdinalIgnoreCase) || entry.Contains('*', StringComparison.Ordinal))
            return null;
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost.ToLowerInvariant();
        return uri.IsDefaultPort || uri.Port < 0 ? $"{uri.Scheme}://{host}" : string.Create(CultureInfo.InvariantCulture, $"{uri.Scheme}://{host}:{uri.Port}");
    }

    /// <summary>The server knows an IPv4 client as such, so <c>::ffff:10.0.0.0/104</c> is <c>10.0.0.0/8</c>.</summary>
    private static IPNetwork AsIPv4(IPNetwork network) =>
        network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= MappedPrefix
            ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - MappedPrefix)
            : network;

    [GeneratedRegex(@"\A(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}(/[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex WholeIPv4();
}
