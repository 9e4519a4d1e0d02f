using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Guarantees;

/// <summary>
/// The guarantees are proven with real processes that are hurt, one class after the other and apart from all other tests: what is
/// promised within seconds must not be measured while something else fills the machine.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RealProcesses : ICollectionFixture<PublishedBuild>
{
    public const string Name = "Guarantees: real processes";
}

/// <summary>Three replicas on one set of databases, for the tests of one class.</summary>
public sealed class ThreeReplicas(TestServers servers, PublishedBuild build) : IAsyncLifetime
{
    internal Service Databases { get; } = new(servers);

    internal PublishedService[] Replicas { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        await Databases.InitializeAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await Databases.DisposeAsync();
    }

    /// <summary>As by <c>kill -9</c> of all, and a new start.</summary>
    internal async Task RestartAsync()
    {
        await EndAsync();
        await StartAsync();
    }

    private async Task StartAsync() =>
        Replicas = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => PublishedService.StartReadyAsync(build, Databases.PostgresConnection, Databases.RedisConnection)));

    private async Task EndAsync() => await Task.WhenAll(Replicas.Select(replica => replica.DisposeAsync().AsTask()));
}
