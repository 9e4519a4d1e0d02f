using System.Net;
using System.Net.Sockets;
using DotNet.Testcontainers.Configurations;

namespace Consultation.Tests.Support;

/// <summary>Whether containers can be used; said within 2 s, whatever the engine's socket does.</summary>
internal static class DockerProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <returns>Null when an engine answers that has the images or can get them, else the reason why not.</returns>
    public static async Task<string?> WhyNotAsync(params string[] images)
    {
        if (TestcontainersSettings.OS.DockerEndpointAuthConfig?.Endpoint is not { } endpoint)
            return "no Docker engine is configured";

        using var engine = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, cancellation) => ConnectAsync(endpoint, cancellation), UseProxy = false })
        {
            BaseAddress = new Uri("http://docker"),
            Timeout = Timeout,
        };
        try
        {
            await engine.GetStringAsync("/_ping");
            foreach (var image in images)
                if (!await IsThereAsync(engine, $"/images/{image}/json") && !await IsThereAsync(engine, $"/distribution/{image}/json"))
                    return $"the Docker engine neither has {image} nor can get it";
            return null;
        }
        catch (Exception silent) when (silent is HttpRequestException or TaskCanceledException)
        {
            return "no Docker engine answers";
        }
    }

    private static async Task<bool> IsThereAsync(HttpClient engine, string path)
    {
        using var response = await engine.GetAsync(path);
        return response.StatusCode == HttpStatusCode.OK;
    }

    private static async ValueTask<Stream> ConnectAsync(Uri endpoint, CancellationToken cancellation)
    {
        var local = endpoint.Scheme == "unix";
        var socket = new Socket(local ? AddressFamily.Unix : AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Unspecified);
        EndPoint target = local ? new UnixDomainSocketEndPoint(endpoint.AbsolutePath) : new DnsEndPoint(endpoint.Host, endpoint.Port);
        await socket.ConnectAsync(target, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
