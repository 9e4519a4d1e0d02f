using System.Net;
using Consultation.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Consultation.Tests.Infrastructure.Http;

/// <summary>What every answer carries, and what every GET route takes.</summary>
public sealed class HttpTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(HttpJson.Slots, false)]
    [InlineData("/api/mobile/consultations/slots", false)]
    [InlineData(HttpJson.MyBookings, true)]
    [InlineData("/health/live", false)]
    [InlineData("/health/ready", false)]
    [InlineData("/openapi/v1.json", false)]
    public async Task A_get_route_answers_head_with_the_same_headers_and_no_body(string path, bool asCustomer)
    {
        await service.SlotInAsync(24);
        var token = asCustomer ? Tokens.Customer() : null;
        var get = await service.Http.GetAsync(path, token);

        var head = await service.Http.SendAsync(HttpMethod.Head, path, null, token);

        Assert.Equal(get.Status, head.Status);
        Assert.Equal(HttpStatusCode.OK, head.Status);
        Assert.Equal("", head.Text);
        Assert.Equal(get.Message.Content.Headers.ContentType, head.Message.Content.Headers.ContentType);
        Assert.Equal(get.Header("ETag"), head.Header("ETag"));
        Assert.Equal(get.Header("Cache-Control"), head.Header("Cache-Control"));
    }

    [Fact]
    public async Task Every_get_route_takes_head()
    {
        await service.Http.GetAsync("/health/live", token: null);
        var gets = service.Replica.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints)
            .Select(endpoint => (endpoint.DisplayName, endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods))
            .Where(endpoint => endpoint.HttpMethods?.Contains("GET") == true)
            .ToList();

        Assert.True(gets.Count >= 12);
        Assert.Empty(gets.Where(endpoint => !endpoint.HttpMethods!.Contains("HEAD")).Select(endpoint => endpoint.DisplayName));
    }

    [Fact]
    public async Task A_created_slot_is_located_by_an_absolute_path()
    {
        var start = service.Clock.GetUtcNow().AddDays(3);

        var created = await service.Http.PostAsync(HttpJson.AdminSlots, new { startTime = start, endTime = start.AddHours(1) }, Tokens.Admin());

        var location = created.Header("Location")!;
        Assert.Equal($"/api/admin/consultations/slots/{created["id"]}", location);
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(location, Tokens.Admin())).Status);
    }

    [Theory]
    [InlineData("GET", HttpJson.Slots)]
    [InlineData("GET", HttpJson.MyBookings)]
    [InlineData("POST", HttpJson.Book)]
    [InlineData("PUT", HttpJson.Book)]
    [InlineData("GET", "/nothing")]
    [InlineData("GET", "/health/live")]
    public async Task Every_answer_carries_the_headers_that_keep_browsers_out_of_trouble(string method, string path)
    {
        var answer = await service.Http.SendAsync(new HttpMethod(method), path);

        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Equal("DENY", answer.Header("X-Frame-Options"));
        Assert.Equal("no-referrer", answer.Header("Referrer-Policy"));
        Assert.Contains("default-src 'none'", answer.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Null(answer.Header("Server"));
        Assert.Null(answer.Header("X-Powered-By"));
    }

    [Fact]
    public async Task What_belongs_to_one_caller_is_not_stored_by_anybody()
    {
        Assert.Equal("no-store", (await service.Http.GetAsync(HttpJson.MyBookings, Tokens.Customer())).Header("Cache-Control"));
        Assert.Equal("no-store", (await service.Http.BookAsync(await service.SlotInAsync(24))).Header("Cache-Control"));
    }

    [Fact]
    public async Task Json_is_sent_as_utf8()
    {
        var answer = await service.Http.GetAsync(HttpJson.Slots, token: null);

        Assert.Equal("application/json; charset=utf-8", answer.Message.Content.Headers.ContentType!.ToString());
    }
}
