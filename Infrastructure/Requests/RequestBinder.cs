using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Consultation.Infrastructure.Http;
using Consultation.Infrastructure.Json;
using Microsoft.AspNetCore.Mvc;

namespace Consultation.Infrastructure.Requests;

/// <summary>One request being read into one message.</summary>
internal sealed class RequestBinder<T> where T : class, IBoundRequest, new()
{
    /// <summary>In bytes; most bodies are smaller.</summary>
    private const int FirstPiece = 1024;

    private static readonly Member[] Members = [.. JsonFormat.Options.GetTypeInfo(typeof(T)).Properties.Where(property => property.Set is not null).Select(property => new Member(property))];
    private static readonly Member[] HeaderMembers = [.. Members.Where(member => member.Header is not null)];

    private readonly T _request = new();
    private Dictionary<string, string[]>? _bindingErrors;

    public T Bound
    {
        get
        {
            if (_bindingErrors is not null)
                _request.BindingErrors = _bindingErrors;
            return _request;
        }
    }

    public void Query(IQueryCollection query)
    {
        foreach (var member in Members)
        {
            if (member.Header is not null || !query.TryGetValue(member.Name, out var values))
                continue;
            if (values.Count > 1)
                Refuse(member.Name, "Must not be given twice.");
            else if (PlainText.Of(values[0]) is not { } text)
                continue;
            else if (MemberValue.TryParse(member.Type, text, out var value))
                Take(member, value);
            else
                Refuse(member.Name, MemberValue.Expectation(member.Type));
        }
    }

    public void Headers(IHeaderDictionary headers)
    {
        foreach (var member in HeaderMembers)
        {
            var values = headers[member.Header!];
            if (values.Count > 1)
                Refuse(member.Header!, "Must not be given twice.");
            else if (values is [{ Length: > 0 } value])
                member.Set(_request, value);
        }
    }

    public async Task Body(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!HasBody(request))
        {
            Refuse(IBoundRequest.WholeBody, "Is missing: a JSON object is needed, with the Content-Type application/json.");
            return;
        }
        if (!IsJson(request))
            throw new BadHttpRequestException("The body is not JSON.", StatusCodes.Status415UnsupportedMediaType);
        var text = await Bytes(request, cancellationToken);
        try
        {
            using var body = JsonDocument.Parse(Utf8.IsValid(text.Span) ? text : throw new JsonException());
            if (body.RootElement.ValueKind == JsonValueKind.Object)
                Body(body.RootElement);
            else
                Refuse(IBoundRequest.WholeBody, "Must be a JSON object, like {\"name\": \"value\"}.");
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how System.Text.Json reports an escaped lone surrogate
            Refuse(IBoundRequest.WholeBody, "Is not valid JSON in UTF-8.");
        }
    }

    /// <summary>The body without its byte order mark. How it comes does not count: the server's own limit includes the framing of chunks.</summary>
    private static async Task<ReadOnlyMemory<byte>> Bytes(HttpRequest request, CancellationToken cancellationToken)
    {
        var read = new ArrayBufferWriter<byte>(FirstPiece); // it grows with what has come, not with what a client says will come
        var length = request.ContentLength ?? 0;
        while (length <= HttpSetup.MaxBody && await request.Body.ReadAsync(read.GetMemory(), cancellationToken) is > 0 and var count)
        {
            read.Advance(count);
            length = read.WrittenCount;
        }
        if (length > HttpSetup.MaxBody)
            throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
        var bytes = read.WrittenMemory;
        return bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
    }

    private void Body(JsonElement body)
    {
        var seen = new HashSet<string>();
        foreach (var property in body.EnumerateObject())
        {
            var name = property.Name;
            if (!seen.Add(name) || Repeats(property.Value))
                Refuse(name, "Must not be given twice.");
            else if (Array.Find(Members, member => member.Header is null && member.Name == name) is not { } member)
                continue;
            else if (MemberValue.TryRead(member.Type, property.Value, out var value))
                Take(member, value);
            else
                Refuse(name, MemberValue.Explain(member.Type, property.Value));
        }
    }

    private static bool Repeats(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => RepeatsMember(element),
        JsonValueKind.Array => element.EnumerateArray().Any(Repeats),
        _ => false,
    };

    private static bool RepeatsMember(JsonElement element)
    {
        var seen = new HashSet<string>();
        return element.EnumerateObject().Any(property => !seen.Add(property.Name) || Repeats(property.Value));
    }

    private static bool HasBody(HttpRequest request) =>
        request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;

    private static bool IsJson(HttpRequest request) =>
        request.HasJsonContentType()
        && (request.GetTypedHeaders().ContentType?.Charset is not { HasValue: true } charset
            || charset.Value!.Trim('"').ToLowerInvariant() is "utf-8" or "utf8");

    private void Take(Member member, object? value)
    {
        if (value is not null)
            member.Set(_request, value);
    }

    private void Refuse(string member, string reason) => (_bindingErrors ??= [])[member] = [reason];

    /// <summary>A member of the message: its name outside, the type to read, and how to set it.</summary>
    private sealed class Member(JsonPropertyInfo property)
    {
        public string Name { get; } = property.Name;
        public Type Type { get; } = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        public string? Header { get; } =
            property.AttributeProvider?.GetCustomAttributes(typeof(FromHeaderAttribute), false).Cast<FromHeaderAttribute>().SingleOrDefault()?.Name;
        public void Set(object target, object? value) => property.Set!(target, value);
    }
}
