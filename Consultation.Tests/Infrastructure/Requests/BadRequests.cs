using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Consultation.Features;
using Consultation.Tests.Support;
using Microsoft.IdentityModel.Tokens;

namespace Consultation.Tests.Infrastructure.Requests;

/// <summary>One bad request. <paramref name="MayNotBeHttp"/>: the server may refuse it before anything of ours sees it.</summary>
internal sealed record BadRequest(string Operation, string Kind, RawRequest Request, bool MayNotBeHttp = false);

/// <summary>
/// Makes malformed requests for every operation of the API description, from the examples there. None of them can succeed in writing:
/// what they would change does not exist, and what they would create has passed.
/// </summary>
internal sealed class BadRequests(JsonNode description, int seed)
{
    private const string Nowhere = "999999999";

    /// <summary>Members that are made harmless first.</summary>
    private static readonly Dictionary<string, JsonNode> Harmless = new()
    {
        ["slotId"] = 999999999,
        ["startTime"] = "2001-01-01T09:00:00Z",
        ["endTime"] = "2001-01-01T10:00:00Z",
        ["startDate"] = "2001-01-01",
        ["endDate"] = "2001-01-05",
        ["excludeDates"] = new JsonArray("2001-01-03"),
    };

    /// <summary>JSON values as they are written, in Latin-1: each is wrong somewhere, some are no JSON.</summary>
    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1.5", "1e400", "-1e400", "1e-400", "1" + new string('0', 30), "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1.0", "1e2",
        "\"\"", "\" \"", "\"\\t\\r\\n\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"x\\ud83d\"", "\"\\u001b[31m\"", "\"\\u0085\"", "\"\\ufeff\"", "\"\\u2028\"", "\"\\u202e\"",
        "\"\u00ed\u00a0\u0080\"", "\"\u00ff\u00fe\"", "\"\u00c0\u0080\"", "\"\u00f4\u0090\u0080\u0080\"", "\"\u00c3\"", "\"\0\"", "\"\t\"", "\"\\x41\"", "\"\\u00g0\"", "\"unended",
        "[]", "[null]", "[[]]", "[1,\"a\",{}]", "{}", "{\"a\":{\"a\":[]}}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"\\ud800\":1}",
        "[{\"startTime\":\"12:00\"}]", "[{\"startTime\":null,\"endTime\":1}]", "[\"\\ud800\"]", "[\"2001-02-30\"]",
        "'single'", "NaN", "Infinity", "undefined", "01", "+1", "0x10", ".5", "1.", "tru", "\"2026-02-30\"", "\"0001-01-01\"", "\"9999-12-31\"", "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.9999999Z\"",
        "\"0001-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59-14:00\"", "\"2026-12-01T09:00:00\"", "\"2026-12-01T09:00:00+99:00\"", "\"2026-12-01T24:00:00Z\"", "\"2026-12-01T09:00:60Z\"", "\"Tuesday\"",
        "\"24:01\"", "\"-1:00\"", "\"' or 1=1 --\"", "\"'; drop table consultation_slot; --\"", "\"\\\"; select pg_sleep(30); --\"", "\"$$; truncate consultation_booking; $$\"", "\"%\"", "\"_\\\\\"", "\"{0}\"", "\"../../etc/passwd\"",
        "\"<script>\"", "\"\u00f0\u009f\u0098\u0080\"", "\"MON-\"", "\"Europe/../../UTC\"", "\"CONTACTED\"", "\"1\"", "1,", "// comment\n1", "1 /* comment */",
        "\"" + new string('a', 5000) + "\"", new string('[', 63) + new string(']', 63), new string('[', 2000) + new string(']', 2000), "[" + string.Join(',', Enumerable.Repeat("\"MON\"", 3000)) + "]",
    ];

    private static readonly string[] Texts = ["' or 1=1 --", "'); drop table consultation_booking; --", "1; select pg_sleep(30)", "\\'; truncate notification_outbox; --", "$1", "@Name", "%' and '1'='1"];

    private static readonly string[] QueryValues =
    [
        "", "%00", "a%00b", "%", "%zz", "%e0%a4", "%ff%fe", "%ed%a0%80", "%c0%80", "+", "%20", "%0d%0aSet-Cookie:x=1", "-1", "0", "99999999999999999999", "2147483647", "2147483648", "1.5", "1e3", "0x10", "%D9%A3", "true", "TRUE", "yes",
        "0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "10000-01-01", "-0001-01-01", "2026-12-01T00:00:00Z", "01-12-2026", "'%20or%201=1--", "';drop%20table%20consultation_slot;--", "%25_%5C", "pending,contacted", "Pending", "null", "[]", "{}",
        new string('a', 101), new string('9', 4000), "%F0%9F%98%80", "a%26b", "%EF%BB%BF", "%C2%85", "%7F", "&&&", "=", "a=b",
    ];

    private static readonly string[] PathIds =
    [
        "0", "-1", "+1", "01", "1.0", "1e3", "9223372036854775807", "9223372036854775808", new string('9', 400), "%31", "%00", "1%00", "%2e%2e", "..", "%2f", "1%2f2", "1;x=1", "1%20", "%201", "abc", "%D9%A3", "%ff", "%zz", "%", "'%20or%201=1--", "null", "{id}", "*", "%5c",
        "\u00ff", "1?", "1//", "//",
    ];

    private static readonly (string Name, string Value)[] Headers =
    [
        ("Idempotency-Key", ""), ("Idempotency-Key", " "), ("Idempotency-Key", "a b"), ("Idempotency-Key", "a\tb"), ("Idempotency-Key", new string('k', 255)), ("Idempotency-Key", new string('k', 256)), ("Idempotency-Key", new string('k', 5000)),
        ("Idempotency-Key", "\u00c3\u00a9"), ("Idempotency-Key", "\u00e9"), ("Idempotency-Key", "\u00ed\u00a0\u0080"), ("Idempotency-Key", "a\0b"), ("Idempotency-Key", "a,b"), ("Idempotency-Key", "'; drop table consultation_booking; --"), ("Idempotency-Key", "\u007f"), ("Idempotency-Key", "\u001b"),
        ("Authorization", ""), ("Authorization", "Bearer"), ("Authorization", "Bearer "), ("Authorization", "Bearer a"), ("Authorization", "Bearer a.b.c"), ("Authorization", "Bearer a.b.c.d.e"), ("Authorization", "Bearer ..."), ("Authorization", "Bearer .."), ("Authorization", "Basic YTpi"), ("Authorization", "bearer"), ("Authorization", "Negotiate x"),
        ("Authorization", "Bearer " + new string('a', 8000)), ("Authorization", "Bearer \u00e9\u00ff"), ("Authorization", "Bearer \u00c3\u00a9.\u00c3\u00a9.\u00c3\u00a9"), ("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."), ("Authorization", "Bearer bnVsbA.bnVsbA.bnVsbA"), ("Authorization", "Bearer W10.W10.W10"), ("Authorization", "Bearer MQ.MQ.MQ"), ("Authorization", "\0"),
        ("Accept-Encoding", "gzip;q=x"), ("Accept-Encoding", ",,,,"), ("Accept-Encoding", "*;q=0"), ("Accept", "text/html;q=9"), ("Accept", ";"), ("Accept-Language", "%00"),
        ("If-None-Match", "*"), ("If-None-Match", "W/\"x\""), ("If-None-Match", "\"unended"), ("If-None-Match", "x"), ("If-None-Match", ",,\"a\",,"), ("If-None-Match", new string('"', 3001)), ("If-None-Match", "\u00ff"), ("If-Match", "x"), ("If-Modified-Since", "yesterday"), ("Range", "bytes=9-1"),
        ("X-Forwarded-For", "x"), ("X-Forwarded-For", "1.2.3.4, ::1, [::1]:99999, 999.1.1.1"), ("X-Forwarded-For", new string(',', 3000)), ("Forwarded", "for=\"_x"), ("Origin", "null"), ("Origin", "http://\u00e9"), ("traceparent", "00-0-0-0"), ("traceparent", new string('f', 3000)), ("tracestate", "=,="), ("baggage", "%ff=%00"),
        ("Content-Type", "application/json"), ("Content-Encoding", "gzip"), ("Expect", "200-ok"), ("X-HTTP-Method-Override", "DELETE"), ("Cookie", "a=\u00ff;;;=")
    ];

    private static readonly string?[] ContentTypes =
    [
        null, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "application/json; charset=utf-16", "application/json; charset=latin1", "application/json; charset=\"utf-8\"", "application/json; charset=", "application/json; charset=\"",
        "application/json;;;", ";", "/", "application/", "*/*", "application/json, text/plain", "APPLICATION/JSON", "application/vnd.api+json", "application/problem+json", "text/json", "json", "application/json; x=\u00ff", "application/json; charset=utf-7", "application/jsonp",
    ];

    private static readonly string[] Claims = ["sub", "role", "permissions", "name", "email", "phone_number", "iss", "aud", "exp", "nbf", "iat", "jti", "\\u0000", "\\ud800", "sub\\u0000"];

    private static readonly string[] TokenHeaders =
    [
        "{}", "[]", "1", "null", "{\"alg\":null}", "{\"alg\":1}", "{\"alg\":\"none\"}", "{\"alg\":\"hs256\"}", "{\"alg\":\"HS256\",\"alg\":\"none\"}", "{\"alg\":\"HS256\",\"kid\":1}", "{\"alg\":\"HS256\",\"kid\":\"\\u0000\"}", "{\"alg\":\"HS256\",\"kid\":\"\\ud800\"}",
        "{\"alg\":\"HS256\",\"crit\":[\"x\"]}", "{\"alg\":\"HS256\",\"typ\":{}}", "{\"alg\":\"HS256\",\"zip\":\"DEF\"}", "{\"alg\":\"HS256\",\"enc\":\"A128GCM\"}", "{\"alg\":\"HS256\",\"b64\":false}", "{\"alg\":\"RS256\"}", "{\"alg\":\"HS512\"}", "{\"alg\":\"HS256\"", "\u00ff",
    ];

    private readonly Random _random = new(seed);

    public IEnumerable<BadRequest> All()
    {
        foreach (var (path, methods) in description["paths"]!.AsObject())
            foreach (var (method, operation) in methods!.AsObject())
                foreach (var bad in Of(path, method.ToUpperInvariant(), operation!))
                    yield return bad;
    }

    private IEnumerable<BadRequest> Of(string path, string method, JsonNode operation)
    {
        var id = operation["operationId"]!.GetValue<string>();
        var target = path.Replace("{id}", Nowhere, StringComparison.Ordinal);
        var token = Token(Payload(id.Contains("MyBookings", StringComparison.Ordinal) || _random.Next(2) == 0 && path.EndsWith("/book", StringComparison.Ordinal) ? Access.CustomerRole : Access.StaffRole));
        var example = operation["requestBody"]?["content"]!["application/json"]!["example"]?.DeepClone().AsObject();
        if (example is not null)
            foreach (var (name, value) in Harmless)
                if (example.ContainsKey(name))
                    example[name] = path.EndsWith("/bulk", StringComparison.Ordinal) && name.EndsWith("Time", StringComparison.Ordinal) ? example[name]!.DeepClone() : value.DeepClone();
        var json = example is null ? null : Encoding.UTF8.GetBytes(example.ToJsonString());

        foreach (var (kind, body, type, chunked) in example is null ? [] : Bodies(example, json!))
        {
            var headers = type is null ? Authorized() : [.. Authorized(), ("Content-Type", type)];
            yield return new BadRequest(id, kind, new RawRequest(method, target) { Headers = headers, Body = body, ChunkSize = chunked ? int.MaxValue : null }, MayNotBeHttp: type?.Any(c => c > '~') == true);
        }

        foreach (var name in operation["parameters"]?.AsArray().Where(parameter => parameter!["in"]!.GetValue<string>() == "query").Select(parameter => parameter!["name"]!.GetValue<string>()) ?? [])
        {
            foreach (var value in Some(QueryValues, 12))
                yield return Bad("query", $"{target}?{name}={value}", Authorized(), null);
            yield return Bad("query twice", $"{target}?{name}=1&{name}=2", Authorized(), null);
            yield return Bad("query in another case", $"{target}?{name.ToUpperInvariant()}={Pick(QueryValues)}&{name}%00=1", Authorized(), null);
        }
        yield return Bad("query noise", $"{target}?{string.Join('&', Enumerable.Range(0, 900).Select(i => $"q{i}={i}"))}", Authorized(json), json);
        yield return Bad("query too long", $"{target}?q={new string('a', 9000)}", Authorized(json), json, mayNotBeHttp: true);

        foreach (var odd in path.Contains("{id}", StringComparison.Ordinal) ? PathIds : [])
            yield return Bad("id in the path", path.Replace("{id}", odd, StringComparison.Ordinal), Authorized(json), json, mayNotBeHttp: true);
        foreach (var odd in Some(PathIds, 4))
            yield return Bad("path", $"{target}/{odd}", Authorized(json), json, mayNotBeHttp: true);

        foreach (var header in Some(Headers, 25))
        {
            IEnumerable<(string, string)> others = header.Name == "Authorization" ? Authorized(json).Skip(1) : Authorized(json);
            yield return Bad($"header {header.Name}", target, [.. others, header], json, mayNotBeHttp: header.Value.Any(c => c is < ' ' or > '~') || header.Name is "Expect");
            if (_random.Next(4) == 0)
                yield return Bad($"header {header.Name} twice", target, [.. others, header, header], json, mayNotBeHttp: true);
        }

        var bare = path.EndsWith("/book", StringComparison.Ordinal) ? Encoding.UTF8.GetBytes($"{{\"slotId\":{Nowhere}}}") : json; // so that the claims count
        foreach (var bad in Some([.. Claims.SelectMany(claim => Some(Values, 6).Select(value => (claim, value)))], 30))
            yield return Bad($"claim {bad.claim}", target, [("Authorization", $"Bearer {Token(Payload(Pick([Access.StaffRole, Access.CustomerRole]), bad.claim, bad.value))}"), .. Authorized(json).Skip(1)], bare);
        foreach (var header in Some(TokenHeaders, 5))
            yield return Bad("token header", target, [("Authorization", $"Bearer {Token(Payload(Access.StaffRole), header)}"), .. Authorized(json).Skip(1)], json);
        yield return new BadRequest(id, "method", new RawRequest(Pick(["PUT", "TRACE", "OPTIONS", "QUERY", "get", "PROPFIND", "X"]), target) { Headers = Authorized(json), Body = json });

        BadRequest Bad(string kind, string at, IReadOnlyList<(string, string)> headers, byte[]? body, bool mayNotBeHttp = false) =>
            new(id, kind, new RawRequest(method, at) { Headers = headers, Body = body }, mayNotBeHttp);

        (string, string)[] Authorized(byte[]? body = null) => body is null ? [("Authorization", $"Bearer {token}")] : [("Authorization", $"Bearer {token}"), ("Content-Type", "application/json")];
    }

    private IEnumerable<(string Kind, byte[] Body, string? ContentType, bool Chunked)> Bodies(JsonObject example, byte[] json)
    {
        const string Json = "application/json";
        var members = example.Select(member => member.Key).ToList();
        foreach (var name in members)
            foreach (var value in Some(Values, 14))
                yield return ($"member {name}", With(example, name, value), Json, _random.Next(8) == 0);

        var text = example.ToJsonString();
        yield return ("SQL in every string", Encoding.UTF8.GetBytes(Injected(example).ToJsonString()), Json, false);
        foreach (var root in Some(Values, 8))
            yield return ("root", Latin1(root), Json, false);
        foreach (var (kind, odd) in new (string, string)[]
        {
            ("empty", ""), ("white space", " \r\n"), ("cut short", text[..^1]), ("cut somewhere", text[.._random.Next(1, text.Length)]), ("trailing garbage", text + "x"), ("trailing comma", text[..^1] + ",}"), ("two objects", text + text),
            ("comment", "/* */" + text), ("comment at the end", text + "// end"), ("NUL before", "\0" + text), ("member twice", $"{text[..^1]},\"{members[0]}\":1}}"),
            ("member twice, escaped", $"{text[..^1]},\"{Escaped(members[0])}\":1}}"), ("unknown member twice", $"{text[..^1]},\"zz\":1,\"zz\":2}}"), ("nested member twice", $"{text[..^1]},\"zz\":{{\"a\":1,\"a\":2}}}}"),
            ("deep", string.Concat(Enumerable.Repeat("{\"a\":", 5000)) + "1" + new string('}', 5000)), ("deep arrays", new string('[', 30_000)), ("name of a lone surrogate", $"{text[..^1]},\"\\ud800\":1}}"), ("empty name", $"{text[..^1]},\"\":1}}"),
            ("__proto__", $"{text[..^1]},\"__proto__\":{{\"x\":1}},\"$type\":\"System.Object\"}}"), ("many members", $"{text[..^1]},{string.Join(',', Enumerable.Range(0, 4000).Select(i => $"\"m{i}\":{i}"))}}}"),
        })
            yield return (kind, Latin1(odd), Json, false);
        yield return ("64 KiB and a byte", Padded(text, (64 * 1024) + 1), Json, false);
        yield return ("over 64 KiB in chunks", Padded(text, 80_000), Json, true);
        yield return ("a mebibyte", Padded(text, 1 << 20), Json, false);
        yield return ("BOM", [0xEF, 0xBB, 0xBF, .. json], Json, false);
        foreach (var (name, encoding) in new (string, Encoding)[] { ("utf-16", Encoding.Unicode), ("utf-16be", Encoding.BigEndianUnicode), ("utf-32", Encoding.UTF32) })
        {
            yield return (name, encoding.GetBytes(text), Json, false);
            yield return ($"{name} with its BOM", [.. encoding.Preamble, .. encoding.GetBytes(text)], Json, false);
            yield return ($"{name} that says so", encoding.GetBytes(text), $"{Json}; charset={name}", false);
        }
        yield return ("latin1", Latin1(With(text, "\u00e9")), Json, false);
        yield return ("latin1 that says so", Latin1(With(text, "\u00e9")), $"{Json}; charset=iso-8859-1", false);
        foreach (var type in ContentTypes)
            yield return ($"content type {type}", json, type, false);
    }

    /// <summary>The example with one member written as it is given, in Latin-1 where it is not ASCII.</summary>
    private static byte[] With(JsonObject example, string name, string value) =>
        Latin1($"{{{string.Join(',', example.Select(member => $"\"{member.Key}\":{(member.Key == name ? value : member.Value?.ToJsonString() ?? "null")}"))}}}");

    private static string With(string text, string letter) => $"{text[..^1]},\"note\":\"{letter}\"}}";

    private JsonNode Injected(JsonNode node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, member.Value is null ? null : Injected(member.Value))).ToList()!),
        JsonArray items => new JsonArray([.. items.Select(item => Injected(item!))]),
        _ => node.GetValueKind() == JsonValueKind.String ? Pick(Texts) : node.DeepClone(),
    };

    private static string Escaped(string name) => string.Concat(name.Select(c => $"\\u{(int)c:x4}"));

    private static byte[] Padded(string text, int length) => Encoding.UTF8.GetBytes($"{text[..^1]},\"pad\":\"{new string('p', length - text.Length - 9)}\"}}");

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    private static string Payload(string role, string? claim = null, string? value = null)
    {
        var claims = new Dictionary<string, string>
        {
            ["iss"] = $"\"{Tokens.Issuer}\"",
            ["aud"] = $"\"{Tokens.Audience}\"",
            ["exp"] = $"{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}",
            ["sub"] = "\"somebody\"",
            ["role"] = $"\"{role}\"",
            ["permissions"] = JsonSerializer.Serialize(Permission.All),
        };
        if (claim is not null)
            claims[claim] = value!;
        return $"{{{string.Join(',', claims.Select(pair => $"\"{pair.Key}\":{pair.Value}"))}}}";
    }

    /// <summary>Properly signed, whatever it says.</summary>
    private static string Token(string payload, string header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}")
    {
        var content = $"{Base64UrlEncoder.Encode(Latin1(header))}.{Base64UrlEncoder.Encode(Latin1(payload))}";
        return $"{content}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Tokens.Secret), Encoding.ASCII.GetBytes(content)))}";
    }

    private T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    private T[] Some<T>(T[] items, int count) => [.. _random.GetItems(Enumerable.Range(0, items.Length).ToArray(), count).Distinct().Select(i => items[i])];
}
