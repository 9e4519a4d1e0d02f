using System.Text.Json.Nodes;
using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.OpenApi;
using Consultation.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Consultation.Tests.Infrastructure.OpenApi;

/// <summary>What the page offers to whoever runs the service for development, on an application of three routes.</summary>
public sealed class DevelopmentTokenTests
{
    [Fact]
    public async Task Each_token_is_ready_to_send_where_what_it_grants_is_needed()
    {
        await using var app = await StartAsync(new Dictionary<string, string> { ["reader"] = "token-of-the-reader", ["writer"] = "token-of-the-writer" });
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        var description = (await http.GetAsync("/openapi/v1.json", token: null)).Body!;
        var page = await http.GetAsync("/scalar/", token: null);

        Assert.Equal("""[{"development-reader":[]},{"bearer":["reader","all"]}]""", Security(description, "/read"));
        Assert.Equal("""[{"development-reader":[]},{"development-writer":[]},{},{"bearer":[]}]""", Security(description, "/either"));
        Assert.Equal("[]", Security(description, "/open"));
        Assert.Contains("token-of-the-reader", page.Text, StringComparison.Ordinal);
        Assert.Contains("token-of-the-writer", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("token-of", description.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_tokens_nothing_is_offered()
    {
        await using var app = await StartAsync(null);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        Assert.Equal("""[{"bearer":["reader","all"]}]""", Security((await http.GetAsync("/openapi/v1.json", token: null)).Body!, "/read"));
        Assert.DoesNotContain("development", (await http.GetAsync("/scalar/", token: null)).Text, StringComparison.Ordinal);
    }

    private static string Security(JsonNode description, string path) => description["paths"]![path]!["get"]!["security"]!.ToJsonString();

    private static async Task<WebApplication> StartAsync(IReadOnlyDictionary<string, string>? tokens)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddApiDescription("Three routes.", new Dictionary<string, JsonNode?>(), tokens);
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/read", () => TypedResults.NoContent()).WithName("read").DescribesToken("reader", "all");
        app.MapGet("/either", () => TypedResults.NoContent()).WithName("either").DescribesOptionalToken();
        app.MapGet("/open", () => TypedResults.NoContent()).WithName("open");
        app.MapApiDescription();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
