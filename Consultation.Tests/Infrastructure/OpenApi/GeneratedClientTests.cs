using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.OpenApi;

public sealed class GeneratedClientTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_client_generated_from_the_description_compiles_and_books_a_slot()
    {
        var first = await service.SlotInAsync(24);
        var second = await service.SlotInAsync(25);
        using var client = await ClientProject.PrepareAsync();
        await client.WriteAsync("openapi.json", (await service.Http.GetAsync("/openapi/v1.json", null)).Text);

        await client.RunAsync("node_modules/openapi-typescript/bin/cli.js", "openapi.json", "--output", "api.d.ts");
        await client.RunAsync("node_modules/typescript/bin/tsc", "--project", ".");
        var today = service.Clock.GetUtcNow().ToString("yyyy-MM-dd", null);
        var said = JsonNode.Parse(await client.RunAsync("out/book.js", service.Replica.Address.ToString().TrimEnd('/'), today))!;

        Assert.Equal(first, said["slotId"]!.GetValue<long>());
        Assert.Equal("pending", said["status"]!.GetValue<string>());
        Assert.Equal("true", said["replayed"]!.GetValue<string>());
        Assert.True(said["sameId"]!.GetValue<bool>());
        Assert.Equal("CONSULTATION_SLOT_ALREADY_BOOKED", said["refusal"]!.GetValue<string>());
        Assert.Equal([second], said["alternatives"]!.AsArray().Select(slot => slot!.GetValue<long>()));
        Assert.Equal(
            [$"{said["id"]} {first} Ada Lovelace ada@example.org"],
            await service.QueryAsync<string>("select id || ' ' || slot_id || ' ' || name || ' ' || email from consultation_booking"));
    }
}
