using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Consultation.Features;
using Consultation.Infrastructure.Errors;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Infrastructure.Errors;

/// <summary>Where the <c>type</c> of a problem leads.</summary>
public sealed class ProblemPageTests(Service service) : IClassFixture<Service>
{
    private const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

    public static TheoryData<string> Codes => [.. Refusals.All.Select(refusal => refusal.Code)];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Every_code_is_explained_as_json_and_as_a_page(string code)
    {
        var explained = await service.Http.GetAsync($"/problems/{code}", token: null);
        var page = await service.Http.GetAsync($"/problems/{code}", null, ("Accept", Browser));

        Assert.Equal((HttpStatusCode.OK, "application/json"), (explained.Status, explained.Message.Content.Headers.ContentType!.MediaType));
        Assert.Equal((code, $"/problems/{code}"), (explained["code"].GetValue<string>(), explained["type"].GetValue<string>()));
        foreach (var text in new[] { "happened", "whatToShow", "whatToDo" })
            Assert.Matches(@"\A[A-Z].*\.\z", explained[text].GetValue<string>());
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.Status, page.Message.Content.Headers.ContentType!.MediaType));
        Assert.Contains($"<h1>{code}</h1>", page.Text, StringComparison.Ordinal);
        Assert.Contains(WebUtility.HtmlEncode(explained["whatToShow"].GetValue<string>()), Regex.Replace(page.Text, "</?code>", "`"), StringComparison.Ordinal);
        Assert.Equal("Accept", page.Header("Vary"));
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_explained_codes_are_those_of_the_description()
    {
        var description = JsonNode.Parse((await service.Http.GetAsync("/openapi/v1.json", null)).Text)!;
        var described = description["components"]!["schemas"]!["Problem"]!["properties"]!["code"]!["enum"]!.AsArray().Select(code => code!.GetValue<string>());

        Assert.Equal(Refusals.All.Select(refusal => refusal.Code).Order(StringComparer.Ordinal), described);
    }

    [Theory]
    [InlineData("*/*", "application/json")]
    [InlineData("application/json", "application/json")]
    [InlineData("application/json, text/html;q=0.5", "application/json")]
    [InlineData("text/html;q=0", "application/json")]
    [InlineData("TEXT/HTML", "text/html")]
    [InlineData("text/html, application/json", "text/html")]
    [InlineData(";;;", "application/json")]
    public async Task Who_prefers_a_page_gets_one(string accept, string type) =>
        Assert.Equal(type, (await service.Http.GetAsync("/problems/NOT_FOUND", null, ("Accept", accept))).Message.Content.Headers.ContentType!.MediaType);

    [Fact]
    public async Task A_code_that_there_is_not_is_a_404()
    {
        Assert.Equal("NOT_FOUND", (await service.Http.GetAsync("/problems/SOMETHING_ELSE", null, ("Accept", Browser))).Code);
        Assert.Equal("NOT_FOUND", (await service.Http.GetAsync("/problems/not_found", token: null)).Code);
        Assert.Equal("NOT_FOUND", (await service.Http.GetAsync("/problems/%3Cscript%3E", token: null)).Code);
    }

    [Fact]
    public async Task A_page_answers_head()
    {
        var head = await service.Http.SendAsync(HttpMethod.Head, "/problems/NOT_FOUND");

        Assert.Equal((HttpStatusCode.OK, ""), (head.Status, head.Text));
    }

    [Fact]
    public void Every_code_has_one_status_one_detail_and_its_own_words()
    {
        Assert.True(Refusals.All.Count > 15);
        Assert.Equal(Refusals.All.Count, Refusals.All.Select(refusal => refusal.Code).Distinct().Count());
        Assert.All(Refusals.All, refusal => Assert.NotEqual("", refusal.Happened));
        Assert.Equal(Refusals.All.Count, Refusals.All.Select(refusal => refusal.Detail).Distinct().Count());
        Assert.Equal(Refusal.Common, Refusals.All.Take(Refusal.Common.Count));
    }
}
