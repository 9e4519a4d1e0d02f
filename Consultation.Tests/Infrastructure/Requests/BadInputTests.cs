using System.Text.Json;
using System.Text.Json.Nodes;
using Consultation.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Consultation.Tests.Infrastructure.Requests;

public sealed class BadInputTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Two that are always tried, and one that no run has tried before.</summary>
    public static TheoryData<int> Seeds => [1, 2, Random.Shared.Next(3, int.MaxValue)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Malformed_requests_are_refused_with_known_codes_and_change_nothing(int seed)
    {
        var description = JsonNode.Parse((await service.Http.GetAsync("/openapi/v1.json", null)).Text)!;
        var codes = description["components"]!["schemas"]!["Problem"]!["properties"]!["code"]!["enum"]!.AsArray().Select(code => code!.GetValue<string>()).ToHashSet();
        await FillAsync();
        var before = await StateAsync();

        var requests = new BadRequests(description, seed).All().ToList();
        var wrong = new List<string>();
        foreach (var bad in requests)
        {
            var answer = await RawHttp.SendAsync(service.Replica.Address, bad.Request);
            if ((WhatIsWrong(answer, bad, codes) ?? WhatIsNotDescribed(answer, bad, description)) is { } reason)
                wrong.Add($"{bad.Operation}, {bad.Kind}: {reason}\n{bad.Request}\n=> {answer.Status} {answer.Text}\n");
        }

        Assert.True(requests.Count > 1000, $"only {requests.Count} requests were made");
        Assert.True(wrong.Count == 0, $"seed {seed}: {wrong.Count} of {requests.Count} requests were answered wrongly, the first ones:\n{string.Join('\n', wrong.Take(10))}");
        Assert.Equal(before, await StateAsync());
        Assert.Empty(service.Replica.Log.Of(LogLevel.Error));
    }

    private static string? WhatIsWrong(RawAnswer answer, BadRequest bad, HashSet<string> codes)
    {
        if (answer.Status is 200 or 201 or 204 or 304 && bad.Request.Method is not "DELETE")
            return null; // odd, but harmless: an unknown query value, or a list that is empty
        var isOurs = answer.Header("Content-Type") == "application/problem+json";
        if (bad.MayNotBeHttp && !isOurs && answer is { Status: 400 or 414 or 417 or 431, Text: "" })
            return null;
        if (answer.Status is < 400 or >= 500)
            return "the status";
        if (!isOurs)
            return $"the content type {answer.Header("Content-Type")}";
        try
        {
            var problem = JsonNode.Parse(answer.Text)!;
            return !codes.Contains(problem["code"]!.GetValue<string>()) ? "the code"
                : problem["status"]!.GetValue<int>() != answer.Status ? "the status in the body"
                : problem["code"]!.GetValue<string>() == "VALIDATION_FAILED" != (problem["errors"] is JsonObject { Count: > 0 }) ? "the errors"
                : null;
        }
        catch (JsonException)
        {
            return "the body";
        }
    }

    /// <summary>Wherever the request did arrive at its operation, the description has to know the answer.</summary>
    private static string? WhatIsNotDescribed(RawAnswer answer, BadRequest bad, JsonNode description)
    {
        if (bad.Kind is "path" or "id in the path" or "method" || answer.Header("Content-Type") != "application/problem+json")
            return null;
        var operation = description["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Single(operation => operation.Value!["operationId"]!.GetValue<string>() == bad.Operation).Value!;
        var known = operation["responses"]![$"{answer.Status}"]?["content"]!["application/problem+json"]!["examples"]!.AsObject();
        return known?.ContainsKey(JsonNode.Parse(answer.Text)!["code"]!.GetValue<string>()) == true ? null : "a code that the description does not have there";
    }

    /// <summary>Rows whose ids no bad request hits by chance.</summary>
    private async Task FillAsync()
    {
        await service.ResetAsync();
        await service.ExecuteAsync("alter table consultation_slot alter column id restart with 5000000; alter table consultation_booking alter column id restart with 5000000");
        for (var hours = 1; hours <= 5; hours++)
        {
            var slot = await service.SlotInAsync(hours);
            if (hours > 3)
                await service.BookingAsync(slot, "somebody");
        }
    }

    private async Task<string> StateAsync() => string.Join('\n', await service.QueryAsync<string>(
        """
        select 'slots ' || count(*) || ' ' || md5(coalesce(string_agg(s::text, '|' order by id), '')) from consultation_slot s
        union all select 'bookings ' || count(*) || ' ' || md5(coalesce(string_agg(b::text, '|' order by id), '')) from consultation_booking b
        union all select 'outbox ' || count(*) || ' ' || md5(coalesce(string_agg(o::text, '|' order by id), '')) from notification_outbox o
        order by 1
        """));
}
