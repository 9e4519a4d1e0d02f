using System.Net;
using System.Text.RegularExpressions;
using Consultation.Infrastructure.Configuration;

namespace Consultation.Infrastructure.Http;

/// <summary>Whose forwarded headers count, and which origins' scripts may call.</summary>
internal sealed partial record HttpOptions(IReadOnlyList<IPNetwork> TrustedProxies, IReadOnlyList<string> CorsOrigins)
{
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
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (isWhole && IPNetwork.TryParse(entry, out var network))
                networks.Add(network);
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
            if (Uri.TryCreate(entry, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == entry.TrimEnd('/'))
                origins.Add(entry.TrimEnd('/'));
            else
                reader.Refuse(key, entry, "origins with commas between, like https://shop.example");
        }
        return origins;
    }

    [GeneratedRegex(@"\A(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}(/[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex WholeIPv4();
}
